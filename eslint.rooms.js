/*
 * Who may import whom (the rooms of the house, see CONTRIBUTING.md). `may` lists the rooms, or single files of a room,
 * that a room may import; `types` what it may import as types only; `packages`, where given, the only npm packages.
 */
const everywhere = ['telemetry'];
const rooms = {
  catapult: { may: [], packages: ['zod'], why: 'it is pure: the wire, and nothing else' },
  'catapult/server': {
    may: ['catapult'],
    types: ['fastify'],
    packages: ['zod'],
    why: 'it is how a server speaks the wire: whoever serves it brings the Fastify instance',
  },
  workflows: {
    may: ['catapult'],
    types: [
      'activities',
      ...['routes', 'requests', 'resource-schemas', 'fields', 'parse', 'from-platform'].map(
        (file) => `catapult/${file}`,
      ),
    ],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    why: 'workflow code is deterministic and small: it sees activities and schemas as types only, and nothing of Node',
  },
  http: { may: [], packages: ['node:.+'], why: 'it only sends a request, to whomever' },
  platform: { may: ['catapult', 'http', ...everywhere], why: 'it only speaks to the platform' },
  delivery: { may: ['catapult', 'http', ...everywhere], why: 'it only sends a callback' },
  accounts: { may: ['catapult', ...everywhere], why: 'it only knows accounts and their secrets' },
  activities: {
    may: ['catapult', 'workflows', 'platform', 'delivery', 'accounts', ...everywhere],
    why: 'activities join the rooms below them, and know no server',
  },
  client: {
    may: ['catapult', 'workflows/messages', 'workflows/view', 'activities/delivery-progress', ...everywhere],
    why: 'it talks to workflows by their messages, and reads what they leave when they close and how far deliveries are',
  },
  gateway: {
    may: ['client', 'catapult', 'catapult/server', 'accounts', 'delivery', 'workflows/outbox', ...everywhere],
    why: 'it is HTTP on top of the client: src/client is the one way to Temporal',
  },
  sandbox: {
    may: ['catapult', 'catapult/server', 'delivery', ...everywhere],
    why: 'a platform knows nothing of Convoke',
  },
  telemetry: { may: [], why: 'everything may use it, so it uses nothing of ours' },
};

/** The rooms within a room, by what their names add to its own. */
const roomsIn = (room) =>
  Object.keys(rooms).flatMap((other) => (other.startsWith(`${room}/`) ? other.slice(room.length + 1) : []));

/** How an import of a room, or of a file of one, goes on where it has come to src/; a room within a room is another room. */
const pathOf = (target) => {
  if (!(target in rooms)) return `${target}\\.ts$`;
  const others = roomsIn(target).map((inner) => `${inner}/`);
  return `${target}/${others.length > 0 ? `(?!${others.join('|')})` : ''}`;
};

/** One block of eslint configuration for each room. */
export const roomRules = Object.entries(rooms).map(([room, { may, types = [], packages, why }]) => {
  const message = `src/${room} may not import this: ${why}. CONTRIBUTING.md has the table of the rooms.`;
  const toSource = room.split('/').fill('\\.\\./').join('');
  const allowed = may.map(pathOf).join('|');
  const patterns = [
    // As many steps up lead to another room or to the files beside the rooms; only the allowed rooms are open.
    {
      regex: `^${toSource}(?!${allowed || '$'})${types.length > 0 ? `(?!${types.map(pathOf).join('|')})` : ''}`,
      message,
    },
    ...roomsIn(room).map((inner) => ({ regex: `^\\./${inner}/`, message })),
  ];
  for (const name of types) {
    patterns.push({ regex: `^(?:${toSource}${pathOf(name)}|${name}$)`, allowTypeImports: true, message });
  }
  if (packages !== undefined) {
    patterns.push({ regex: `^(?!\\.|(?:${[...packages, ...types].join('|')})$)`, message });
  }
  return {
    files: [`src/${room}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
});
