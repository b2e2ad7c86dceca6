import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { HOSTS_FILE_LOOKED_AT_EVERY_MS } from './budget.ts';

const SYSTEMS_FILE =
  process.platform === 'win32'
    ? join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/** The names in the system's hosts file. It is small, and read anew when it has changed. */
export class HostsFile {
  private readonly file: string;
  private names: ReadonlyMap<string, string[]> = new Map();
  private version: string | undefined;
  private lookedAt = -Infinity;

  constructor(file = SYSTEMS_FILE) {
    this.file = file;
  }

  /** The addresses of a name, in the order of the file; none where it does not stand in it. */
  addressesOf(name: string): string[] {
    if (performance.now() - this.lookedAt >= HOSTS_FILE_LOOKED_AT_EVERY_MS) this.look();
    return this.names.get(name.toLowerCase()) ?? [];
  }

  private look(): void {
    this.lookedAt = performance.now();
    try {
      const { mtimeMs, size, ino } = statSync(this.file);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.version) return;
      this.names = namesIn(readFileSync(this.file, 'utf8'));
      this.version = version;
    } catch {
      // Without a file there are no names of it.
      this.names = new Map();
      this.version = undefined;
    }
  }
}

function namesIn(text: string): ReadonlyMap<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...called] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of called) {
      const known = names.get(name.toLowerCase()) ?? [];
      if (!known.includes(address)) names.set(name.toLowerCase(), [...known, address]);
    }
  }
  return names;
}
