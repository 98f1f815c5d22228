import { SetMetadata } from '@nestjs/common';
import { decoratedMethods } from '../../../src/plugin/index.js';

class Parent {
  @SetMetadata('mark', 1) inherited(): void {}
  @SetMetadata('mark', 1) overridden(): void {}
  @SetMetadata('mark', 1) decoratedAgain(): void {}
}

class Child extends Parent {
  get broken(): never {
    throw new Error('A getter ran.');
  }
  plain(): void {}
  override overridden(): void {}
  @SetMetadata('mark', 2) override decoratedAgain(): void {}
}

const names = (type: { prototype: unknown }): string[] =>
  decoratedMethods(type.prototype).map(([name]) => String(name));

describe('decoratedMethods', () => {
  it('lists decorated methods of a class and of those that it extends, and no others', () => {
    expect(names(Parent)).toEqual(['inherited', 'overridden', 'decoratedAgain']);
    expect(names(Child).toSorted()).toEqual(['decoratedAgain', 'inherited']);
  });

  it('gives the nearest override of a method', () => {
    const method = decoratedMethods(Child.prototype).find(([name]) => name === 'decoratedAgain')?.[1];
    expect(method).toBe(Child.prototype.decoratedAgain);
  });

  it('finds nothing in what is no class', () => {
    expect(decoratedMethods(undefined)).toEqual([]);
    expect(decoratedMethods(Object.create(null))).toEqual([]);
  });
});
