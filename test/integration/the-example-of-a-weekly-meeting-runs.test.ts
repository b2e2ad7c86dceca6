import { expect } from '@jest/globals';
import { inHouse } from '../support/in-house.ts';
import { endOf, launch } from '../support/processes.ts';

inHouse('a team meets every other Monday, skips one, meets out of turn, and changes the hour', async (house) => {
  const program = launch('node', ['examples/weekly-meeting/main.mjs'], { CONVOKE_URL: house.url });
  const code = await endOf(program, 60_000);
  expect({ code, output: program.output() }).toEqual({ code: 0, output: expect.any(String) as unknown });
  expect(program.output()).toMatch(/^Its calendar has 2[45] meetings in the coming year$/m);
  expect(program.output()).toMatch(/^The schedule is deleted$/m);
  expect(house.sandbox.platform.list()).toMatchObject([{ state: 'completed', tag: 'team' }]);
});
