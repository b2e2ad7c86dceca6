import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MAX_CONNECTIONS } from '../../budget.ts';
import { descriptorsHere, SHARE_OF_DESCRIPTORS } from '../../connections.ts';
import { JOURNAL_ROOM } from '../../gateway/budget.ts';
import { AUDIT_ROOM } from '../../telemetry/audit-log.ts';
import { reasonOf } from '../../failure.ts';
import { ok, warning, wrong, type Check, type Finding, type Patient } from '../finding.ts';

export const machineChecks: Check[] = [
  {
    name: 'disk',
    look: ({ config }) => Promise.resolve(placesOf(config).flatMap(ofRoom)),
  },
  {
    name: 'files',
    look: ({ config }) => Promise.resolve(ofFiles(config)),
  },
  {
    name: 'descriptors',
    look() {
      const [here, wanted] = [descriptorsHere(), Math.ceil(MAX_CONNECTIONS / SHARE_OF_DESCRIPTORS)];
      if (here >= wanted) return Promise.resolve([ok(`A process may have ${here} descriptors.`)]);
      const found = `A process may have ${here} descriptors: ${Math.floor(here * SHARE_OF_DESCRIPTORS)} connections.`;
      return Promise.resolve([warning(found, `Raise the limit to ${wanted} (ulimit -n, LimitNOFILE).`)]);
    },
  },
];

interface Place {
  setting: string;
  directory: string;
  /** What may come to lie there. */
  bytes: number;
}

const GIBIBYTE = 1024 ** 3;
/** What is taken for a full disk. */
const NOTHING_LEFT_BYTES = 64 * 1024 ** 2;

function placesOf({ journalDir, auditLog }: Patient['config']): Place[] {
  const audit = { setting: 'AUDIT_LOG', bytes: AUDIT_ROOM.fileBytes * (AUDIT_ROOM.files + 1) };
  return [
    { setting: 'JOURNAL_DIR', directory: journalDir, bytes: JOURNAL_ROOM.bytes },
    ...(auditLog === undefined ? [] : [{ ...audit, directory: dirname(auditLog) }]),
  ];
}

/** Linux's numbers for file systems in memory: tmpfs and ramfs. */
const IN_MEMORY = [0x01021994, 0x858458f6];

function ofRoom({ setting, directory, bytes }: Place): Finding[] {
  const place = existing(directory);
  const { bavail, bsize, type } = statfsSync(place);
  const free = bavail * bsize;
  const gibibytes = (size: number) => `${(size / GIBIBYTE).toFixed(1)} GiB`;
  const inMemory = IN_MEMORY.includes(type)
    ? [wrong(`${setting}: ${place} is in memory, and gone after a restart of the machine.`, 'Give it a disk.')]
    : [];
  const found = `${setting}: ${gibibytes(free)} are free at ${place}, and ${gibibytes(bytes)} may be used.`;
  if (free < NOTHING_LEFT_BYTES) return [...inMemory, wrong(found, 'Make room.')];
  return [...inMemory, free < bytes ? warning(found, 'Make room.') : ok(found)];
}

function ofFiles(config: Patient['config']): Finding[] {
  const { dataDir, journalDir, auditLog, accountsFile } = config;
  const directories = [['CONVOKE_DATA_DIR', dataDir] as const, ['JOURNAL_DIR', journalDir] as const];
  const secrets = [
    ...(auditLog === undefined ? [] : [['AUDIT_LOG', auditLog] as const]),
    ...(accountsFile === undefined ? [] : [['ACCOUNTS_FILE', accountsFile] as const]),
  ];
  const found = [
    ...directories.flatMap(([setting, directory]) => [...writable(setting, directory), ...ownOnly(setting, directory)]),
    ...(auditLog === undefined ? [] : writable('AUDIT_LOG', dirname(auditLog))),
    ...secrets.flatMap(([setting, file]) => ownOnly(setting, file)),
  ];
  return found.length > 0 ? found : [ok('Directories can be written, and nobody else reads them.')];
}

function writable(setting: string, directory: string): Finding[] {
  try {
    const there = existing(directory);
    if (!statSync(there).isDirectory()) throw new Error(`${there} is no directory`);
    accessSync(there, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    return [wrong(`${setting}: ${reasonOf(error)}.`, 'Give it to the user who runs Convoke (chown).')];
  }
}

function ownOnly(setting: string, path: string): Finding[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === 'win32' || (mode & 0o007) === 0) return [];
  return [wrong(`${setting}: everybody on this machine can use ${path}.`, `chmod o= ${path}`)];
}

/** A directory that is not there yet is made in the next one above. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
