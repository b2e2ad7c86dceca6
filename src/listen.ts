import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { webhookSecretsOf } from './accounts/accounts.ts';
import { Refused, type Tools } from './as-client.ts';
import {
  LISTEN_LOOKS_BACK_MS,
  LISTEN_LOOKS_EVERY_MS,
  MAX_LISTENED_CONFERENCES,
  MAX_LISTEN_PAUSE_MS,
  MIN_LISTEN_PAUSE_MS,
} from './budget.ts';
import { CatapultError } from './catapult/errors.ts';
import { exactTime } from './catapult/resources.ts';
import type { FollowedEvent } from './client/index.ts';
import { eventInLine } from './conferences.ts';
import { makeDataDirectory } from './data-directory.ts';
import { createDeliverer, type Deliverer } from './delivery/deliver.ts';
import { signedMessage } from './delivery/request.ts';

/** What is listened to, and where its events go. */
export interface Listening {
  userId: string;
  /** One conference, from behind this place; without it those that are open, and all that begin. */
  conferenceId?: string | undefined;
  after?: number | undefined;
  url: string;
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const CALLBACK_TIMEOUT_MS = 10_000;

/** How far a listener has come: until when it has looked for new conferences, and behind which event of each it goes on. */
const placesKept = z.object({ lookedAt: z.number(), cursors: z.record(z.string(), z.number()) });

/**
 * `convoke listen`: sends the events of conferences to another URL too, signed as the customer's are, each until it is taken, in the order of its
 * conference. Nothing of that shows in the conference. When it is started again it goes on where it was.
 * @throws Refused
 */
export async function listen(tools: Tools, listening: Listening): Promise<void> {
  const { protocol } = URL.parse(listening.url) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new Refused(`${listening.url} is no URL that events can go to: it begins with http:// or https://.`);
  const { accounts, config } = tools;
  const deliverer = createDeliverer([...LOOPBACK, ...config.allowedNetworks], { isShared: false });
  const account = accounts.get(listening.userId);
  const secrets = account === undefined ? [] : webhookSecretsOf(account);
  const send = sender(tools, deliverer, { ...listening, secrets });
  const places = new Places(config.dataDir, listening);
  try {
    if (listening.conferenceId === undefined) await listenToAll(tools, listening, places, send);
    else await follow(tools, { ...listening, conferenceId: listening.conferenceId }, places, send);
  } finally {
    await deliverer.close();
  }
}

type Send = (conferenceId: string, event: FollowedEvent) => Promise<void>;

function sender({ config, printer }: Tools, deliverer: Deliverer, to: Listening & { secrets: string[] }): Send {
  const target = { callbackUrl: to.url, callbackHttpMethod: 'POST', callbackTimeout: CALLBACK_TIMEOUT_MS } as const;
  const baseUrl = config.bridge.primaryUrl;
  return async (conferenceId, event) => {
    const { id, sequence, body } = event;
    const message = signedMessage({ id, sequence, event: body }, to.secrets, baseUrl);
    for (let pauseMs = MIN_LISTEN_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_LISTEN_PAUSE_MS)) {
      const [sent] = await deliverer.deliver(message, target, { account: to.userId });
      const { ok = false, result = 'not sent', milliseconds = 0 } = sent ?? {};
      const words = `${conferenceId}  ${eventInLine({ ...event, attempts: [], state: 'waiting', nextTryTime: undefined })}`;
      const line = words.replace(
        / {2}waiting$/,
        `  ${ok ? 'taken' : `not taken, again in ${pauseMs / 1_000} s`}: ${result}`,
      );
      printer.tell({ conferenceId, sequence, id, body, ok, result, milliseconds }, line);
      if (ok) return;
      await sleep(pauseMs);
    }
  };
}

/** One conference, until it is over. */
async function follow(
  { conferences }: Tools,
  { userId, after, conferenceId }: Listening & { conferenceId: string },
  places: Places,
  send: Send,
): Promise<void> {
  const sent = new Set<number>();
  let place = after ?? places.of(conferenceId) ?? 0;
  for await (const event of conferences.events({ userId, conferenceId }, { after: place })) {
    // It comes again with each attempt at the customer's own URL.
    if (sent.has(event.sequence)) continue;
    await send(conferenceId, event);
    sent.add(event.sequence);
    // Not the event's cursor, which stays before what waits for the customer's own URL.
    place = Math.max(place, event.sequence);
    places.set(conferenceId, place);
  }
  places.forget(conferenceId);
}

/** Those that are open, and each that begins. It does not end. */
async function listenToAll(tools: Tools, { userId, url }: Listening, places: Places, send: Send): Promise<never> {
  const { conferences, printer } = tools;
  printer.aside(`Events of ${userId} go to ${url} too. Ctrl-C ends that; started again, it goes on there.`);
  const known = new Set<string>();
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const waiting: string[] = [];
  let followed = 0;
  const beginNext = () => {
    // Whoever follows a conference wakes it: so many at a time.
    const conferenceId = followed < MAX_LISTENED_CONFERENCES ? waiting.shift() : undefined;
    if (conferenceId === undefined) return;
    followed += 1;
    follow(tools, { userId, url, conferenceId }, places, send)
      .catch((error: unknown) => {
        const isForgotten = error instanceof CatapultError && error.code === 'conference-not-found';
        if (isForgotten) places.forget(conferenceId);
        else fail(error);
      })
      .finally(() => {
        followed -= 1;
        beginNext();
      });
  };
  const begin = (conferenceId: string) => {
    if (known.has(conferenceId)) return;
    known.add(conferenceId);
    waiting.push(conferenceId);
    beginNext();
  };
  for (const conferenceId of places.all()) begin(conferenceId);
  if (places.lookedAt === undefined)
    for await (const { id, state } of conferences.list(userId)) {
      if (state === 'completed') break;
      begin(id);
    }
  for (;;) {
    const now = Date.now();
    const startAfter = exactTime((places.lookedAt ?? now) - LISTEN_LOOKS_BACK_MS);
    for await (const { id } of conferences.list(userId, { startAfter })) begin(id);
    places.looked(now);
    await Promise.race([sleep(LISTEN_LOOKS_EVERY_MS), failed]);
  }
}

/** How far a listener has come, in a file of the data directory. */
class Places {
  lookedAt: number | undefined;
  private readonly file: string;
  private readonly cursors: Map<string, number>;

  constructor(dataDir: string, { userId, url }: Listening) {
    makeDataDirectory(dataDir);
    const name = createHash('sha256').update(`${userId}\n${url}`).digest('hex').slice(0, 16);
    this.file = join(dataDir, `listen-${name}.json`);
    const kept = this.read();
    this.lookedAt = kept?.lookedAt;
    this.cursors = new Map(Object.entries(kept?.cursors ?? {}));
  }

  all(): string[] {
    return [...this.cursors.keys()];
  }

  of(conferenceId: string): number | undefined {
    return this.cursors.get(conferenceId);
  }

  set(conferenceId: string, cursor: number): void {
    this.cursors.set(conferenceId, cursor);
    this.write();
  }

  forget(conferenceId: string): void {
    if (this.cursors.delete(conferenceId)) this.write();
  }

  looked(at: number): void {
    this.lookedAt = at;
    this.write();
  }

  private read() {
    try {
      return placesKept.safeParse(JSON.parse(readFileSync(this.file, 'utf8'))).data;
    } catch {
      // There is none yet.
      return undefined;
    }
  }

  private write(): void {
    const { lookedAt = 0, cursors } = this;
    writeFileSync(`${this.file}.new`, JSON.stringify({ lookedAt, cursors: Object.fromEntries(cursors) }), {
      mode: 0o600,
    });
    renameSync(`${this.file}.new`, this.file);
  }
}
