/** What `class-validator-storage.ts` takes for granted about class-validator and is not in its documentation. */
import { jest } from '@jest/globals';
import { getMetadataStorage, IsInt, IsString, MaxLength, Min, validateSync } from 'class-validator';
import { checksOf, constraintsOf, withRememberedMetadata } from '../../src/config/settings/class-validator-storage.js';

class Parent {
  @IsInt() @Min(1) a = 1;
  @IsString() b = '';
}

class Child extends Parent {
  @Min(5) override a = 5;
  @MaxLength(3) c = '';
}

describe('class-validator', () => {
  it('keeps its storage in a global of this name, and the checks of each class in a map of this name', () => {
    const storage = (globalThis as { classValidatorMetadataStorage?: unknown }).classValidatorMetadataStorage;
    expect(storage).toBe(getMetadataStorage());
    const { validationMetadatas } = storage as { validationMetadatas: Map<unknown, unknown[]> };
    expect(validationMetadatas).toBeInstanceOf(Map);
    expect(validationMetadatas.get(Parent)).toHaveLength(3);
  });

  it('calls the classes of its own checks by this name, and they can be made without a container', () => {
    const [check] = checksOf(Parent);
    expect(check?.constraintCls.name).toBe('CustomConstraint');
    const constraints = constraintsOf(check?.constraintCls as Parameters<typeof constraintsOf>[0]);
    expect(constraints.map(({ instance }) => typeof instance.validate)).toEqual(['function']);
  });

  it.each([Parent, Child])('would find the same checks by itself: %p', (type) => {
    const found = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    expect(new Set(checksOf(type))).toEqual(new Set(found));
    expect(checksOf(type)).toHaveLength(found.length);
  });

  it.each([
    Object.assign(new Child(), { a: 0, b: 5, c: 'long' }),
    Object.assign(new Parent(), { a: 'x', b: null }),
    Object.assign(new Child(), { a: 7 }),
  ])('says the same with and without what is remembered: %j', (instance) => {
    expect(withRememberedMetadata(() => validateSync(instance))).toEqual(validateSync(instance));
  });

  it('serves two copies of Panotti in one process, which remember the same checks', async () => {
    const address = '../../src/config/settings/class-validator-storage.js?second';
    const second = (await import(address)) as { readonly constraintsOf: typeof constraintsOf };
    const [check] = checksOf(Parent);
    const constraint = check?.constraintCls as Parameters<typeof constraintsOf>[0];

    const [first] = constraintsOf(constraint);
    expect(second.constraintsOf).not.toBe(constraintsOf);
    expect(second.constraintsOf(constraint)).toEqual([first]);
  });

  it('searches nothing while what is remembered stands in for its storage, which is put back, also after a check that throws', () => {
    const storage = getMetadataStorage();
    const searched = jest.spyOn(storage, 'getTargetValidationMetadatas');
    checksOf(Child);
    searched.mockClear();
    withRememberedMetadata(() => validateSync(new Child()));
    expect(searched).not.toHaveBeenCalled();
    searched.mockRestore();
    expect(() =>
      withRememberedMetadata(() => {
        throw new RangeError('check');
      }),
    ).toThrow(RangeError);
    expect(getMetadataStorage()).toBe(storage);
  });
});
