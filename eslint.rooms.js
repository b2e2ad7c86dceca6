import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Who may import whom (the rooms of the house, see CONTRIBUTING.md). `may` lists the rooms, folders or single files that a
 * room may import; `types` what it may import as types only; `packages`, where given, the only npm packages (`node:` stands for
 * all of Node's own), and `packageTypes` those of which it may see the types; `order` the room's own folders and files, none of
 * which imports what stands behind it.
 */

/** Everything but the pure rooms may log. */
const telemetry = 'telemetry';
/** Schemas cost every conference in a worker's memory a megabyte: what goes into the workflow bundle sees their types only. */
const schemas = [
  ...[
    'routes',
    'requests',
    'queries',
    'resource-schemas',
    'event-schemas',
    'fields',
    'local-time',
    'local-times',
    'parse',
    'from-platform',
    'openapi',
  ],
].map((file) => `catapult/${file}`);

export const rooms = {
  catapult: {
    may: [],
    packages: ['zod', '@js-temporal/polyfill'],
    why: 'it is pure: the wire, and nothing else',
  },
  'catapult/server': {
    may: ['catapult'],
    packages: ['zod'],
    packageTypes: ['fastify'],
    why: 'it is how a server speaks the wire: whoever serves it brings the Fastify instance',
  },
  conference: {
    may: ['catapult'],
    types: schemas,
    packages: [],
    order: [
      ...['budget', 'state', 'outbox', 'facts'],
      ...['participants', 'ending', 'changes', 'creating', 'callbacks', 'leases', 'reconciling', 'limits'].map(
        (rule) => `rules/${rule}`,
      ),
      ...['reduce', 'carry', 'view', 'story'],
    ],
    why: 'it is the product, pure and small: it knows neither Temporal nor Node, and schemas as types only',
  },
  workflows: {
    may: ['catapult', 'conference'],
    types: ['activities', 'nexus', 'nexus/service', ...schemas],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    why: 'workflow code is deterministic and small: it sees activities, the service for others and schemas as types only, and nothing of Node',
  },
  http: { may: [], packages: ['node:'], why: 'it only sends a request, to whomever' },
  platform: { may: ['catapult', 'http', telemetry], why: 'it only speaks to the platform' },
  delivery: { may: ['catapult', 'http', telemetry], why: 'it only sends a callback' },
  accounts: { may: ['catapult', telemetry], why: 'it only knows accounts and their secrets' },
  explain: {
    may: [
      'catapult',
      'conference',
      'workflows/messages',
      'workflows/outcomes',
      'workflows/summaries',
      'workflows/scheduled',
      'workflows/budget',
    ],
    why: 'it takes a history through the rules once more: it knows what the workflow makes of what comes, and asks nobody',
  },
  activities: {
    may: ['catapult', 'conference', 'workflows/messages', 'platform', 'delivery', 'accounts', 'http', telemetry],
    why: 'activities join the rooms below them, and know no server',
  },
  client: {
    may: ['catapult', 'conference', 'explain', 'workflows/messages', 'activities/delivery-progress', telemetry],
    why: 'it talks to workflows by their messages, and reads what they leave when they close and how far deliveries are',
  },
  'nexus/service': {
    may: [],
    types: ['catapult'],
    packages: ['nexus-rpc'],
    why: 'other teams put it into their workflow bundles: it holds types and names, and nothing that does anything',
  },
  nexus: {
    may: ['client', 'catapult', 'conference', 'workflows/messages', 'nexus/service', telemetry],
    why: 'it is Nexus on top of the client: src/client is the one way to Temporal',
  },
  gateway: {
    may: ['client', 'catapult', 'catapult/server', 'conference', 'accounts', 'delivery', 'platform', telemetry],
    why: 'it is HTTP on top of the client: src/client is the one way to Temporal',
  },
  sandbox: { may: ['catapult', 'catapult/server', 'delivery', telemetry], why: 'a platform knows nothing of Convoke' },
  asterisk: {
    may: ['catapult', 'catapult/server', 'delivery', 'http', telemetry],
    why: 'a platform knows nothing of Convoke',
  },
  asterisk: {
    may: ['catapult', 'catapult/server', 'delivery', 'http', telemetry],
    why: 'a platform knows nothing of Convoke',
  },
  console: {
    may: [],
    types: ['catapult'],
    why: 'it is a page that only the public API feeds: it sees types of the wire, and nothing of the program',
  },
  telemetry: { may: [], why: 'everything may use it, so it uses nothing of ours' },
};

const src = fileURLToPath(new URL('src/', import.meta.url));

/** The room that a file is in; a room within a room (`catapult/server`) is one of its own. Files are named from `src`, without their ending. */
export function roomOf(file, table = rooms) {
  const names = Object.keys(table).filter((name) => isIn(file, name));
  return names.sort((a, b) => b.length - a.length)[0];
}

/** Why a file may not import this; undefined if it may. */
export function refusalOf(file, specifier, isTypeOnly, table = rooms) {
  const name = roomOf(file, table);
  if (name === undefined) return undefined;
  const room = table[name];
  if (!specifier.startsWith('.')) return refusalOfPackage(name, room, specifier, isTypeOnly);
  const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.tsx?$/, '');
  if (roomOf(target, table) === name) return refusalByOrder(name, room, file, target);
  const { may, types = [] } = room;
  const isOpen = (entry) => (entry in table ? roomOf(target, table) === entry : isIn(target, entry));
  const isForTypes = types.some(isOpen);
  if (isForTypes ? isTypeOnly : may.some(isOpen)) return undefined;
  return `src/${name} may not import ${target}${isForTypes ? ' but as a type' : ''}: ${room.why}. CONTRIBUTING.md has the table of the rooms.`;
}

function refusalOfPackage(name, { packages, packageTypes = [], why }, specifier, isTypeOnly) {
  const isAmong = (entries) =>
    entries.some((entry) => (entry.endsWith(':') ? specifier.startsWith(entry) : entry === specifier));
  if (packages === undefined || isAmong(packages) || (isTypeOnly && isAmong(packageTypes))) return undefined;
  return `src/${name} may not import ${specifier}: ${why}. CONTRIBUTING.md has the table of the rooms.`;
}

/** A room with an order is read from the left: whoever has come to a file needs to know nothing of what is still to come. */
function refusalByOrder(name, { order }, file, target) {
  if (order === undefined) return undefined;
  const placeOf = (one) => order.findIndex((entry) => isIn(one, `${name}/${entry}`));
  const [place, targets] = [placeOf(file), placeOf(target)];
  if (place < 0)
    return `src/${file}.ts has no place in the order of src/${name}: ${order.join(' → ')} (eslint.rooms.js).`;
  if (targets >= 0 && targets <= place) return undefined;
  return (
    `src/${file}.ts may not import ${target}: in src/${name} nothing imports to its right, so that it can be read from the left ` +
    `(${order.join(' → ')}). Move what both need to the left, or let the caller hand it in.`
  );
}

function isIn(target, entry) {
  return target === entry || target.startsWith(`${entry}/`);
}

const rule = {
  create(context) {
    const file = path
      .relative(src, context.filename)
      .replaceAll(path.sep, '/')
      .replace(/\.tsx?$/, '');
    const check = (node, isTypeOnly) => {
      const message = refusalOf(file, String(node.value), isTypeOnly);
      if (message !== undefined) context.report({ node, message });
    };
    const areTypes = (specifiers, kind) => specifiers.length > 0 && specifiers.every((one) => one[kind] === 'type');
    return {
      ImportDeclaration: (node) =>
        check(node.source, node.importKind === 'type' || areTypes(node.specifiers, 'importKind')),
      ExportNamedDeclaration: (node) =>
        node.source && check(node.source, node.exportKind === 'type' || areTypes(node.specifiers, 'exportKind')),
      ExportAllDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => node.source.type === 'Literal' && check(node.source, false),
      TSImportType: (node) => check(node.source ?? node.argument.literal, true),
    };
  },
};

/** The block of eslint configuration that holds the rooms. */
export const roomRules = [
  { files: ['src/*/**/*.{ts,tsx}'], plugins: { house: { rules: { rooms: rule } } }, rules: { 'house/rooms': 'error' } },
];
