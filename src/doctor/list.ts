/** What `convoke doctor` looks at, in the order in which it tells of it: docs/production.md has a line for each. */
export const CHECKS = {
  settings: 'whether the settings can be used, and are safe for a gateway and a worker',
  accounts: 'whether the accounts can be read, and who can use them for how long',
  'audit-log': 'whether it is written down who does what',
  temporal: 'whether Temporal answers, and lets us in',
  namespace: 'whether the namespace is there, with its retention and search attributes',
  versions: 'whether Node, Temporal and the workers are as new as they must be, and alike',
  workers: 'whether a worker does its work',
  'callback-keys': 'whether CALLBACK_KEYS are set, and the workers have the same',
  'payload-keys': 'whether the workers have the same PAYLOAD_KEYS',
  'held-keys': 'whether the keys are there that open conferences hold',
  'temporal-clock': 'whether Temporal has the same time',
  platform: 'whether the platform takes our credentials, by a GET that changes nothing',
  clock: 'whether the platform has the same time',
  'public-url': 'whether the gateway answers at PUBLIC_URL and BRIDGE_FALLBACK_URL, from here',
  proxies: 'whether the gateway knows the proxies in front of it',
  'callback-targets': "whether customers' URLs are kept from what is inside, and their names can be looked up",
  tls: 'how long the certificates are good: of PUBLIC_URL and the platform, ours, and of the connection to Temporal',
  disk: 'whether there is room for the journal and the audit log, on a disk that stays',
  files: 'whether directories can be written, and are for nobody else to read',
  descriptors: 'whether the process may have as many connections as Convoke can use',
} as const;

export type CheckName = keyof typeof CHECKS;
