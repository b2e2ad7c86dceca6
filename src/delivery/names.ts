import { Resolver } from 'node:dns/promises';
import { isNativeError } from 'node:util/types';
import {
  LOOKUP_SLOTS,
  LOOKUP_WITHIN_MS,
  MAX_ADDRESSES,
  MAX_NAMES,
  MAX_NAME_QUESTIONS,
  MAX_NAME_REMEMBERED_MS,
  MIN_NAME_REMEMBERED_MS,
  NAME_ASKED_AGAIN_AFTER_MS,
  NAME_FAILURE_REMEMBERED_MS,
  OTHER_FAMILY_WITHIN_MS,
} from './budget.ts';
import { HostsFile } from './hosts-file.ts';
import { Slots } from './slots.ts';

/** Gives the addresses of names. */
export interface Names {
  /** @throws Error with a `code` that says what is wrong: ENOTFOUND if there is no such name. */
  addressesOf(name: string, account: string): Promise<string[]>;
}

interface Remembered {
  answer: string[] | Error;
  /** Until when (ms of the monotonic clock). */
  until: number;
}

export interface CustomersNamesOptions {
  /** Name servers as `address:port`; the system's unless given. */
  servers?: string[];
  hostsFile?: HostsFile;
}

/**
 * The names in customers' URLs. They are asked of the name servers without the system's look-up, which has two threads for the whole
 * process and cannot be ended: a customer whose name server does not answer would hold up all others. The hosts file holds
 * here too; search domains do not, since names in URLs are whole ones.
 */
export class CustomersNames implements Names {
  private readonly servers: string[] | undefined;
  private readonly hostsFile: HostsFile;
  private readonly remembered = new Map<string, Remembered>();
  /** By account too: nobody waits for what another's share holds up. */
  private readonly underWay = new Map<string, Promise<string[]>>();
  private readonly lookups = new Slots(LOOKUP_SLOTS);

  constructor({ servers, hostsFile = new HostsFile() }: CustomersNamesOptions = {}) {
    this.servers = servers;
    this.hostsFile = hostsFile;
  }

  async addressesOf(name: string, account: string): Promise<string[]> {
    const inFile = this.hostsFile.addressesOf(name);
    if (inFile.length > 0) return inFile;
    // RFC 6761, 6.3: no name server is asked for it.
    if (/^(.*\.)?localhost\.?$/i.test(name)) return ['127.0.0.1', '::1'];
    const known = this.remembered.get(name);
    if (known !== undefined && known.until > performance.now()) {
      if (isNativeError(known.answer)) throw known.answer;
      return known.answer;
    }
    const key = `${account} ${name}`;
    const lookup = this.underWay.get(key) ?? this.ask(name, account).finally(() => this.underWay.delete(key));
    this.underWay.set(key, lookup);
    return await lookup;
  }

  private async ask(name: string, account: string): Promise<string[]> {
    const free = await this.lookups.take({ account, origin: name });
    if (free === undefined) throw nameError(name, 'EBUSY', 'too many names are being looked up');
    try {
      const { addresses, ttlMs } = await lookUp(name, this.servers);
      this.remember(name, addresses, Math.min(Math.max(ttlMs, MIN_NAME_REMEMBERED_MS), MAX_NAME_REMEMBERED_MS));
      return addresses;
    } catch (error) {
      if (isNativeError(error)) this.remember(name, error, NAME_FAILURE_REMEMBERED_MS);
      throw error;
    } finally {
      free();
    }
  }

  private remember(name: string, answer: Remembered['answer'], forMs: number): void {
    this.remembered.delete(name);
    this.remembered.set(name, { answer, until: performance.now() + forMs });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > MAX_NAMES && oldest !== undefined) this.remembered.delete(oldest);
  }
}

interface Found {
  addresses: string[];
  ttlMs: number;
}

/** Asks the name servers for both families at once, with a resolver of its own, so that ending this ends nothing else. */
async function lookUp(name: string, servers: string[] | undefined): Promise<Found> {
  const resolver = new Resolver({ timeout: NAME_ASKED_AGAIN_AFTER_MS, tries: MAX_NAME_QUESTIONS });
  if (servers !== undefined) resolver.setServers(servers);
  const finished = new AbortController();
  const families = [resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })];
  try {
    return await new Promise<Found>((resolve, reject) => {
      const records: { address: string; ttl: number }[] = [];
      const errors: NodeJS.ErrnoException[] = [];
      let open = families.length;
      const found = () => {
        const addresses = records.map(({ address }) => address).slice(0, MAX_ADDRESSES);
        resolve({ addresses, ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1_000 });
      };
      const settled = () => {
        open -= 1;
        if (open === 0) return records.length > 0 ? found() : reject(nameErrorOf(name, errors));
        if (records.length > 0) after(OTHER_FAMILY_WITHIN_MS, found, finished.signal);
      };
      for (const family of families)
        family
          .then((these) => records.push(...these))
          .catch((error: unknown) => errors.push(error as NodeJS.ErrnoException))
          .finally(settled);
      after(LOOKUP_WITHIN_MS, () => reject(nameError(name, 'ETIMEOUT', noAnswer)), finished.signal);
    });
  } finally {
    finished.abort();
    resolver.cancel();
  }
}

const noAnswer = `no name server has answered within ${LOOKUP_WITHIN_MS} ms`;

/** Of the two families' answers the one that says more: that a name has no address of one family says nothing. */
function nameErrorOf(name: string, errors: NodeJS.ErrnoException[]): NodeJS.ErrnoException {
  const codes = errors.map(({ code }) => code ?? 'EUNKNOWN');
  const code = codes.find((one) => one !== 'ENODATA' && one !== 'ENOTFOUND') ?? codes[0] ?? 'EUNKNOWN';
  if (code === 'ENOTFOUND' || code === 'ENODATA') return nameError(name, 'ENOTFOUND', 'there is no such name');
  return nameError(name, code, code === 'ETIMEOUT' ? noAnswer : `the name servers answer ${code}`);
}

function nameError(name: string, code: string, why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${name} could not be looked up: ${why}`), { code });
}

function after(ms: number, work: () => void, finished: AbortSignal): void {
  const timer = setTimeout(work, ms);
  finished.addEventListener('abort', () => clearTimeout(timer));
}
