import { expect, test } from '@jest/globals';
import { importsOfSrc } from './imports-of-src.ts';

/** The files that can be reached from each other, where there is more than one: their imports, of types too, go in a circle. */
function circlesIn(targetsOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const reached = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const place = reached.size;
    reached.set(file, place);
    path.push(file);
    let low = place;
    for (const target of targetsOf.get(file) ?? []) {
      if (!reached.has(target)) low = Math.min(low, visit(target));
      else if (path.includes(target)) low = Math.min(low, reached.get(target) ?? place);
    }
    lowest.set(file, low);
    if (low === place) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1 || targetsOf.get(file)?.includes(file) === true) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of targetsOf.keys()) if (!reached.has(file)) visit(file);
  return circles;
}

test('no file in src imports one that imports it, in however many steps, types included', () => {
  const targets = new Map<string, string[]>();
  for (const { file, target } of importsOfSrc())
    if (target !== undefined) targets.set(file, [...(targets.get(file) ?? []), target]);
  expect(targets.size).toBeGreaterThan(100);
  expect(circlesIn(targets)).toEqual([]);
});

test('a circle is found: of two, of three, and of a file with itself', () => {
  const imports = { a: ['b', 'x'], b: ['a'], c: ['d'], d: ['e'], e: ['c', 'a'], f: ['f'], x: [] };
  const circles = circlesIn(new Map(Object.entries(imports)));
  expect(circles.sort()).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f']]);
});
