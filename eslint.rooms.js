/*
 * Who may import whom (the rooms of the house, see CONTRIBUTING.md). `may` lists the rooms, or single files of a room,
 * that a room may import; `types` what it may import as types only; `packages`, where given, the only npm packages.
 */
const everywhere = ['telemetry'];
const rooms = {
  catapult: { may: [], types: ['fastify'], packages: ['zod'], why: 'it is pure: the wire, and nothing else' },
  workflows: {
    may: ['catapult'],
    types: ['activities', ...['requests', 'fields', 'parse', 'from-platform'].map((file) => `catapult/${file}`)],
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
    may: ['client', 'catapult', 'accounts', 'delivery', 'workflows/outbox', ...everywhere],
    why: 'it is HTTP on top of the client: src/client is the one way to Temporal',
  },
  sandbox: { may: ['catapult', 'delivery', ...everywhere], why: 'a platform knows nothing of Convoke' },
  telemetry: { may: [], why: 'everything may use it, so it uses nothing of ours' },
};

/** One block of eslint configuration for each room. */
export const roomRules = Object.entries(rooms).map(([room, { may, types = [], packages, why }]) => {
  const message = `src/${room} may not import this: ${why}. CONTRIBUTING.md has the table of the rooms.`;
  const pathOf = (target) => (target.includes('/') ? `${target}\\.ts$` : `${target}/`);
  const allowed = may.map(pathOf).join('|');
  const patterns = [
    // A step up leads to another room or to the files beside the rooms; only the allowed rooms are open.
    { regex: `^\\.\\./(?!${allowed || '$'})${types.length > 0 ? `(?!${types.map(pathOf).join('|')})` : ''}`, message },
  ];
  for (const name of types) {
    patterns.push({ regex: `^(?:\\.\\./${pathOf(name)}|${name}$)`, allowTypeImports: true, message });
  }
  if (packages !== undefined) {
    patterns.push({ regex: `^(?!\\.|(?:${[...packages, ...types].join('|')})$)`, message });
  }
  return {
    files: [`src/${room}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
});
