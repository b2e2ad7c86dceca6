import { describe, expect, test } from '@jest/globals';
import { withCommands } from '../../scripts/describe/commands.ts';
import { withSettings } from '../../scripts/describe/settings.ts';
import { settings } from '../../src/settings.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import {
  brokenLinks,
  longLines,
  missingCommands,
  missingFiles,
  missingNames,
  page,
  pages,
  read,
  rooms,
} from '../support/docs.ts';

/* A page that names what is not there sends its reader the wrong way: whoever moves or renames something mends the page too. */

describe.each(pages)('%s names only what exists', (path) => {
  const given = page(path);
  test('files', () => expect(missingFiles(given)).toEqual([]));
  test('links', () => expect(brokenLinks(given)).toEqual([]));
  test('commands', () => expect(missingCommands(given)).toEqual([]));
  test('settings and other names in capitals', () => expect(missingNames(given)).toEqual([]));
});

test.each(pages)('%s has no long lines', (path) => expect(longLines(page(path))).toEqual([]));

describe('what does not exist is found', () => {
  const told = (text: string) => ({ path: 'docs/page.md', text });

  test.each(['`src/nowhere.ts`', 'see test/support/nowhere/', '`nowhere.mjs`', 'import … from "../../src/nowhere.ts"'])(
    'the file in %s',
    (text) => expect(missingFiles(told(text))).toHaveLength(1),
  );

  test.each(['[x](nowhere.md)', '[x](wire.md#nowhere)', '[x](#nowhere)', '[x](../src/nowhere)'])(
    'the link %s',
    (text) => expect(brokenLinks(told(text))).toHaveLength(1),
  );

  test.each([
    ...['`npm run nothing`', '`npm nothing`', '`npx nothing`', '`convoke nothing`', '`convoke setup --nothing`'],
    ...['`convoke accounts nothing`', '`convoke accounts list too`'],
    ...['`convoke setup too much`', '`node dist/main.js nothing`', '`npm test -- --selectProjects nothing`'],
    ...['```sh\nnpm run nothing\n```', "`npm test -- -t 'no test is named like this one" + " here'`"],
  ])('the command in %s', (text) => expect(missingCommands(told(text))).toHaveLength(1));

  test.each(['`NO_SUCH' + '_SETTING`', '`NOSUCH' + 'SETTING=1 npm test`'])('the setting in %s', (text) =>
    expect(missingNames(told(text))).toHaveLength(1),
  );
});

test('docs/command-line.md has every command with its options, as it is', () => {
  const path = 'docs/command-line.md';
  expect(read(path)).toBe(withCommands(read(path)));
});

test('docs/configuration.md has every setting, as it is', () => {
  const path = 'docs/configuration.md';
  expect(read(path)).toBe(withSettings(read(path)));
  const defaults = Object.entries(settings.parse({})).filter(([, value]) =>
    ['string', 'number'].includes(typeof value),
  );
  for (const [name, value] of defaults) {
    const [, shown] = new RegExp(`\\| \`${name}\` \\|([^|]*)\\|`).exec(read(path)) ?? [];
    expect([name, shown]).toEqual([name, expect.stringContaining(String(value))]);
  }
});

test.each(Object.values(searchAttributes).map(({ name }) => name))('the README names the search attribute %s', (name) =>
  expect(read('README.md')).toContain(`\`${name}\``),
);

test.each(rooms)('CONTRIBUTING has a row for the room src/%s', (room) =>
  expect(read('CONTRIBUTING.md')).toContain(`\n| \`src/${room}/\` |`),
);

test.each(pages.filter((path) => path.startsWith('docs/decisions/')))('%s has a status and a date', (path) => {
  const [title, , status] = read(path).split('\n');
  expect(title).toMatch(/^# /);
  const [, accepted = '', amended = accepted] =
    /^\*Accepted (\d{4}-\d\d-\d\d)(?:, amended (\d{4}-\d\d-\d\d))?\.\*$/.exec(status ?? '') ?? [];
  expect(Date.parse(accepted)).toBeLessThanOrEqual(Date.parse(amended));
});
