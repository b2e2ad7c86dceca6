import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { searchAttributes } from '../../src/workflows/messages.ts';

test('docker-compose.yml adds the search attributes that the workflows use, and no others', () => {
  const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const added = [...compose.matchAll(/--name (\w+) --type (\w+)/g)].map(
    ([, name, type]) => `${name} ${type?.toUpperCase()}`,
  );
  const used = Object.values(searchAttributes).map(({ name, type }) => `${name} ${type}`);
  expect(added.sort()).toEqual(used.sort());
});
