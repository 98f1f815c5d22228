/** The labels under which records are sealed: all that a record is beside its text. A length keeps two texts from passing for two others. */

export function entryLabel(position: number, id: string, name: string, time: number): string {
  return `entry ${position} ${id.length} ${id} ${name.length} ${name} ${time} `;
}

export function recordLabel(table: string, scope: string, key: string, version: number, due: number | null): string {
  return `record ${table.length} ${table} ${scope.length} ${scope} ${key.length} ${key} ${version} ${due ?? '-'} `;
}

export function cursorLabel(subscription: string, slot: number, generation: number): string {
  return `cursor ${subscription.length} ${subscription} ${slot} ${generation} `;
}
