import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createCommand } from '../../src/command.ts';

/*
 * What a page of the docs names that does not exist: files, headings, commands, settings. Each function answers the names that are
 * wrong, so that a test shows them all.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
export const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Installed, built or kept by programs, and so no part of the repository. */
const NOT_OURS = ['node_modules', '.git', 'dist', 'coverage', '.convoke', 'bin', 'obj'];

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

const files = filesUnder('');
/** What reads settings: ours, and the SDK's own configuration. */
const readers = 'node_modules/@temporalio/envconfig/lib';
const sources = [...files, ...readdirSync(join(root, readers)).map((name) => join(readers, name))]
  .filter((path) => !/\.(md|map)$|^package-lock|histories/.test(path))
  .map(read);

/** Every page, by its path from the root. */
export const pages = files.filter((path) => path.endsWith('.md'));

/** The folders of `src`. */
export const rooms = [...new Set(files.flatMap((path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []))];

/** A page, or a text that stands for one. */
export interface Page {
  path: string;
  text: string;
}

export const page = (path: string): Page => ({ path, text: read(path) });

/** What is set as code: the spans in a text, each on a line of its own, and the lines of blocks. */
function codeOf({ text }: Page): string[] {
  const blocks = [...text.matchAll(/^```.*\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  return [...blocks, ...spansOf(text)];
}

function spansOf(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replace(/\s+/g, ' '));
}

/** The programs of this project write these; the repository does not hold them. */
const WRITTEN = ['dist/main.js', 'sandbox.json', 'temporal.db'];

const exists = (path: string) => WRITTEN.includes(path) || existsSync(join(root, path));

/** Paths from the root, and files that are named without their folder. */
export function missingFiles(given: Page): string[] {
  const folders = files.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/') + 1)] : []));
  const beginnings = [...new Set(folders), 'dist/'].map((folder) => folder.replace('.', '\\.')).join('|');
  const path = new RegExp(`(?<![\\w/.:@}-])(?:\\.\\./)*((?:${beginnings})[\\w./-]*[\\w/])`, 'g');
  const named = [...given.text.replace(/https?:\S+/g, '').matchAll(path)].map(([, found = '']) => found);
  const alone = spansOf(given.text).filter((span) => /^[\w.-]+\.(ts|mjs|js|json|sh|ya?ml|md|rb|cs)$/.test(span));
  const isSomewhere = (name: string) => exists(name) || files.some((file) => file.endsWith(`/${name}`));
  return [...named.filter((name) => !exists(name)), ...alone.filter((name) => !isSomewhere(name))];
}

/** Links to files, and to headings in them. */
export function brokenLinks(given: Page): string[] {
  const prose = given.text.replace(/^```[^]*?^```|`[^`]+`/gm, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [place = '', heading] = link.split('#');
    const target = place === '' ? given.path : normalize(join(dirname(given.path), place));
    if (!exists(target)) return true;
    return heading !== undefined && !headingsOf(target === given.path ? given.text : read(target)).includes(heading);
  });
}

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): string[] {
  const headings = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

const { scripts, devDependencies } = z
  .object({ scripts: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));
const lock = z
  .object({ packages: z.record(z.string(), z.object({ bin: z.record(z.string(), z.string()).default({}) })) })
  .parse(JSON.parse(read('package-lock.json')));
/** What `npx` finds of the packages that the project names itself. */
const programs = Object.keys(devDependencies).flatMap((name) =>
  Object.keys(lock.packages[`node_modules/${name}`]?.bin ?? {}),
);
const jestProjects = [...read('jest.config.js').matchAll(/displayName: '([\w-]+)'/g)].map(([, name]) => name);
const testSources = files.filter((path) => path.endsWith('.test.ts')).map(read);

const LONGEST_LINE_CHARACTERS = 150;

/** Lines of prose that are longer than one sees at once; tables, links and code have lines of their own kind. */
export function longLines({ text }: Page): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').split('\n');
  return prose.filter((line) => line.length > LONGEST_LINE_CHARACTERS && !line.startsWith('|'));
}

/** Scripts of npm, programs of packages, and the verbs and options of `convoke`. */
export function missingCommands(given: Page): string[] {
  return codeOf(given).flatMap((line) => {
    const npm = [...line.matchAll(/\bnpm (?:run )?([\w:-]+)/g)].filter(([, name = '']) => !isNpmCommand(name));
    // The package's own command, where it is installed.
    const npx = [...line.matchAll(/\bnpx (?!convoke )([\w-]+)/g)].filter(([, name = '']) => !programs.includes(name));
    const found = [...npm, ...npx].map(([command]) => command);
    return [...found, ...missingTests(line), ...missingVerbs(line)];
  });
}

function isNpmCommand(name: string): boolean {
  return name in scripts || ['ci', 'init', 'install', 'pack', 'pkg', 'run'].includes(name);
}

/** What `npm test` and its like are told to run. */
function missingTests(line: string): string[] {
  const [, told = ''] = /\bnpm (?:test|run test:[\w-]+) -- ([^#]*)/.exec(line) ?? [];
  const [, names = ''] = /--selectProjects ((?:[\w-]+ ?)+)/.exec(told) ?? [];
  const projects = names.split(' ').filter((name) => name !== '' && !jestProjects.includes(name));
  const patterns = [...told.matchAll(/-t '([^']+)'/g)].map(([, pattern = '']) => pattern);
  return [...projects, ...patterns.filter((pattern) => !testSources.some((text) => text.includes(pattern)))];
}

const convoke = createCommand();

function missingVerbs(line: string): string[] {
  // There it names a system.
  if (/\bnpm run bench\b/.test(line)) return [];
  return [...line.matchAll(/(?:\bconvoke|dist\/main\.js) ([a-z-][^#|]*)/g)].flatMap(([command, told = '']) => {
    const [verb = '', ...others] = told.trim().split(/\s+/);
    if (['--help', '--version'].includes(verb)) return [];
    const first = convoke.commands.find((one) => one.name() === verb);
    const below = first?.commands.find((one) => one.name() === others[0]);
    const known = below ?? first;
    if (known === undefined) return [command];
    const given = below === undefined ? others : others.slice(1);
    const options = given.filter((word) => word.startsWith('--'));
    const isKnown = (option: string) => option === '--help' || known.options.some(({ long }) => long === option);
    const values = options.filter((option) => known.options.some(({ long, required }) => long === option && required));
    const tooMany = given.length - options.length - values.length > known.registeredArguments.length;
    return tooMany ? [command] : options.filter((option) => !isKnown(option));
  });
}

/** Settings, causes and other names in capitals that no source has. */
export function missingNames(given: Page): string[] {
  const code = codeOf(given).join('\n');
  const names = code.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? [];
  const assigned = [...code.matchAll(/\b([A-Z][A-Z0-9_]*)=\S* n(?:pm|ode|px) /g)].map(([, name = '']) => name);
  return [...names, ...assigned].filter((name) => {
    const word = new RegExp(`\\b${name}\\b`);
    return !sources.some((text) => word.test(text));
  });
}
