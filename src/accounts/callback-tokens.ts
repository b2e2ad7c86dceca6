import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_CALLBACK_TIMEOUT_MS } from '../catapult/budget.ts';
import { AccountsError } from './accounts.ts';
import { keptSecret } from './kept-secret.ts';

/** What a callback URL stands for: which conference, which of its create attempts, which of our two URLs; or which lease is recalled at it. */
export interface CallbackAddress {
  userId: string;
  conferenceId: string;
  channel: 'primary' | 'fallback' | 'lease';
  attemptId: string;
}

/**
 * Makes and checks the tokens in the callback URLs that the platform gets: `{keyId}.{attemptId}.{HMAC}`, the HMAC over
 * all of the address, so that a URL can be neither guessed nor used for another conference, attempt or channel.
 */
export class CallbackTokens {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly signingKeyId: string;
  /** Of each key its id and a few characters that tell it from others with this id; the first one signs. */
  readonly fingerprints: readonly string[];

  /**
   * @param keys `keyId:secret` each; the first signs, all verify. To rotate, put a new one in front and keep the old one
   *   as long as conferences are open that may hold it.
   */
  constructor(keys: readonly string[]) {
    const parsed = keys.map((key) => /^([A-Za-z0-9_-]{1,32}):(.{16,})$/.exec(key));
    if (parsed.length === 0 || parsed.some((match) => match === null)) {
      throw new AccountsError(
        'CALLBACK_KEYS wants "keyId:secret", comma-separated, each secret of at least 16 characters',
      );
    }
    const ids = parsed.map((match) => match?.[1]);
    if (new Set(ids).size < ids.length) throw new AccountsError('CALLBACK_KEYS: a keyId stands in it twice');
    this.keys = new Map(parsed.flatMap((match) => (match ? [[match[1] ?? '', Buffer.from(match[2] ?? '')]] : [])));
    this.signingKeyId = parsed[0]?.[1] ?? '';
    this.fingerprints = [...this.keys].map(
      ([id, key]) => `${id}.${createHmac('sha256', key).update('fingerprint').digest('base64url').slice(0, 8)}`,
    );
  }

  /** The path of the callback URL for an address. */
  path(address: CallbackAddress): string {
    const { userId, conferenceId, channel, attemptId } = address;
    const token = `${this.signingKeyId}.${attemptId}.${this.hmac(this.signingKeyId, address)}`;
    return `/callbacks/${userId}/${conferenceId}/${channel}/${token}`;
  }

  /** Where the events of a create attempt or a dialled call are to come to: our bridge, at both of its base URLs. */
  callbacksOf(
    address: Omit<CallbackAddress, 'channel'>,
    { primaryUrl, fallbackUrl }: { primaryUrl: string; fallbackUrl: string },
  ) {
    const url = (base: string, channel: 'primary' | 'fallback') =>
      base.replace(/\/+$/, '') + this.path({ ...address, channel });
    return {
      callbackUrl: url(primaryUrl, 'primary'),
      callbackHttpMethod: 'POST' as const,
      callbackTimeout: MAX_CALLBACK_TIMEOUT_MS,
      fallbackUrl: url(fallbackUrl, 'fallback'),
    };
  }

  /** The create attempt a token belongs to; undefined unless the token was made for exactly this address. */
  verify(token: string, place: Omit<CallbackAddress, 'attemptId'>): string | undefined {
    const [, keyId, attemptId, given] = /^([\w-]+)\.([\w-]+\.\d+)\.([\w-]+)$/.exec(token) ?? [];
    if (keyId === undefined || attemptId === undefined || given === undefined) return undefined;
    const expected = this.hmac(keyId, { ...place, attemptId });
    if (expected?.length !== given.length) return undefined;
    // Compared as text: more than one text decodes to the same bytes.
    return timingSafeEqual(Buffer.from(given), Buffer.from(expected)) ? attemptId : undefined;
  }

  /** The address for which a callback URL was made, wherever its host is; undefined unless it was made with one of these keys. */
  placeOf(url: string): (CallbackAddress & { keyId: string }) | undefined {
    const [, userId = '', conferenceId = '', channel, token = ''] =
      /\/callbacks\/([^/]+)\/([^/]+)\/(primary|fallback)\/([^/?#]+)$/.exec(url) ?? [];
    if (channel !== 'primary' && channel !== 'fallback') return undefined;
    const attemptId = this.verify(token, { userId, conferenceId, channel });
    const [keyId = ''] = token.split('.');
    return attemptId === undefined ? undefined : { userId, conferenceId, channel, attemptId, keyId };
  }

  private hmac(keyId: string, { userId, conferenceId, channel, attemptId }: CallbackAddress): string | undefined {
    const key = this.keys.get(keyId);
    if (key === undefined) return undefined;
    return createHmac('sha256', key)
      .update([keyId, userId, conferenceId, channel, attemptId].join('\n'))
      .digest('base64url');
  }
}

/** The same without making anything; undefined where there is none yet. */
export function presentCallbackTokens(
  given: readonly string[] | undefined,
  dataDir: string,
): CallbackTokens | undefined {
  return given === undefined && !existsSync(keyFile(dataDir)) ? undefined : loadCallbackTokens(given, dataDir);
}

const keyFile = (dataDir: string) => join(dataDir, 'callback-key');

/**
 * The keys for callback tokens: those given, else one kept in the data directory, made on first use. Worker and gateway
 * must have the same ones, so parts on different machines need CALLBACK_KEYS.
 */
export function loadCallbackTokens(given: readonly string[] | undefined, dataDir: string): CallbackTokens {
  if (given !== undefined) return new CallbackTokens(given);
  let key: string;
  try {
    key = keptSecret(keyFile(dataDir), 'local:');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AccountsError(`CONVOKE_DATA_DIR: the key of callback URLs cannot be kept in ${dataDir}: ${why}`);
  }
  return new CallbackTokens([key]);
}
