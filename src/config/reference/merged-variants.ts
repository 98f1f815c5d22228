/** One description of a section that may have several classes: the settings of all of them, each with the classes that have it. Pure. */
import type { ClassDescription, SettingDescription, Variants } from './class-description.js';

/** @param initial the name of the class that the section has by default; `undefined`: one must be written */
export function mergedVariants(variants: Variants, initial: string | undefined): ClassDescription {
  const { property, classes } = variants;
  const own = classes.flatMap(({ name, section }) =>
    section.settings.map((setting) => ({ name: String(name), setting })),
  );
  const byKey = Map.groupBy(own, ({ setting }) => setting.key);
  const names = classes.map(({ name }) => name);
  const settings = [...byKey].map(([key, found]): SettingDescription => {
    // A value that is secret in one of the classes is masked whatever the class is.
    const { setting } = found.find((one) => isSecret(one.setting)) ?? (found[0] as (typeof found)[number]);
    if (key === property) return Object.assign({ ...setting }, namesOf(setting, names, initial));
    const shared = found.length === classes.length;
    const required = found.filter((one) => one.setting.isRequired).map(({ name }) => name);
    const only = shared ? [] : [`only with ${property}: ${found.map(({ name }) => name).join(', ')}`];
    const needed =
      required.length === 0 || (shared && required.length === found.length)
        ? []
        : [`required with ${property}: ${required.join(', ')}`];
    const isRequired = initial === undefined ? shared && required.length === found.length : required.includes(initial);
    return Object.assign({ ...setting }, { isRequired, constraints: [...setting.constraints, ...only, ...needed] });
  });
  const isNamed = (one: SettingDescription): boolean => one.key === property;
  return {
    name: classes.map(({ section }) => section.name).join('Or'),
    settings: [...settings.filter(isNamed), ...settings.filter((one) => !isNamed(one))],
    variants,
  };
}

function namesOf(
  { type }: SettingDescription,
  names: SettingNames,
  initial: string | undefined,
): Partial<SettingDescription> {
  const values = type.kind === 'scalar' ? { ...type, values: names } : type;
  return { type: values, isRequired: initial === undefined, default: initial, constraints: [] };
}

type SettingNames = Variants['classes'][number]['name'][];

function isSecret({ type }: SettingDescription): boolean {
  const scalar = type.kind === 'list' ? type.items : type;
  return scalar.kind === 'scalar' && scalar.name === 'secret';
}
