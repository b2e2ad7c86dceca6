import { setTimeout as sleep } from 'node:timers/promises';
import { platformAccountOf, type Accounts } from './accounts/accounts.ts';
import { loadCallbackTokens, type CallbackTokens } from './accounts/callback-tokens.ts';
import { accountsNow } from './accounts/open.ts';
import { MAX_PLATFORM_PAUSE_MS, MAX_UNREAD_IN_A_ROW } from './budget.ts';
import { connectToTemporal, OpenConferences, type OnPlatform } from './client/index.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import { createPlatformClient, type PlatformClient } from './platform/client.ts';

/* `convoke callbacks`: which callback URLs the platform has for open conferences, and to which key they belong. */

/** What is found of a conference: its URLs are those of the present settings, or older ones of a key, or of none that is known. */
type Found = 'present' | { keyId: string | undefined } | 'gone';

interface Registration {
  platform: PlatformClient;
  /** Of accounts that have none of their own at the platform. */
  account: Config['platform'];
  accounts: Accounts;
  tokens: CallbackTokens;
  bridge: Config['bridge'];
}

/**
 * Looks at the platform where the events of each open conference go, and with `register` has it send them to the URLs of the present
 * CALLBACK_KEYS and PUBLIC_URL.
 * @throws Failure where conferences are left that have others: then no key may be retired, and no address given up.
 */
export async function lookAtCallbacks(
  config: Config,
  { register, taskQueue }: { register: boolean; taskQueue?: string },
): Promise<void> {
  const { connectionOptions, namespace, payloadKeys } = config.temporal;
  const registration = {
    ...{ platform: createPlatformClient(config.platform.url), account: config.platform, bridge: config.bridge },
    accounts: await accountsNow(config),
    tokens: loadCallbackTokens(config.callbackKeys, config.dataDir),
  };
  const { client, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  const open = new OpenConferences(client, taskQueue);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let [present, others, registered, unreadInARow] = [0, 0, 0, 0];
  try {
    for await (const ids of open.all()) {
      const one = await open.onPlatform(ids).catch((error: unknown) => {
        // One that no worker can go on with hides no others; where nobody answers there is no use in asking for each.
        unreadInARow += 1;
        if (unreadInARow > MAX_UNREAD_IN_A_ROW) throw error;
        return { why: reasonOf(error) };
      });
      if (one !== undefined && 'why' in one) {
        others += 1;
        say(`${ids.userId}/${ids.conferenceId}: it cannot be read now: ${one.why}`);
        continue;
      }
      unreadInARow = 0;
      const found = one === undefined ? 'gone' : await look(registration, one);
      if (one === undefined || found === 'gone') continue;
      if (found === 'present') present += 1;
      else if (register && (await registerAnew(registration, one))) registered += 1;
      else {
        others += 1;
        say(`${ids.userId}/${ids.conferenceId}: ${inWords(found)}`);
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${temporalInWords(config)}, or its workers: ${reasonOf(error)}`);
  } finally {
    await Promise.all([registration.platform.close(), close()]);
  }
  if (registered > 0) say(`${registered} open conferences were registered anew.`);
  say(`${present + registered} open conferences have the callback URLs of the present settings.`);
  if (others === 0) return say('No open conference has others. Calls that were dialled keep theirs until they end.');
  const advice = register ? 'the platform did not take new ones' : '"convoke callbacks --register" gives them new ones';
  throw new Failure(
    `${others} open conferences have other callback URLs, or cannot be read: keep their keys and address. (${advice}.)`,
  );
}

function inWords(found: Exclude<Found, 'present' | 'gone'>): string {
  if (found.keyId === undefined)
    return 'its callback URL was signed with no key of CALLBACK_KEYS: its events are refused';
  return `its callback URL is of the key ${found.keyId}, or of another address`;
}

async function look(registration: Registration, one: OnPlatform): Promise<Found> {
  const { platform, tokens, bridge } = registration;
  const found = await patiently(() => platform.readCallbacks(holderOf(registration, one), one.platformId));
  if (found.outcome !== 'read') return found.error.status === 404 ? 'gone' : { keyId: undefined };
  if (found.state === 'completed') return 'gone';
  const wanted = tokens.callbacksOf(one, bridge);
  if (found.callbackUrl === wanted.callbackUrl && found.fallbackUrl === wanted.fallbackUrl) return 'present';
  return { keyId: tokens.placeOf(found.callbackUrl ?? '')?.keyId };
}

/** With the attempt that it has: by that its events are known as its own. */
async function registerAnew(registration: Registration, one: OnPlatform): Promise<boolean> {
  const { platform, tokens, bridge } = registration;
  const callbacks = tokens.callbacksOf(one, bridge);
  const done = await patiently(() =>
    platform.registerCallbacks(holderOf(registration, one), one.platformId, callbacks),
  );
  // Whether a platform takes new URLs is shown by what it has then.
  return done.outcome === 'done' && (await look(registration, one)) === 'present';
}

/** The platform's account that has the conference: nobody else sees it there. */
function holderOf({ accounts, account }: Registration, { userId }: OnPlatform) {
  return platformAccountOf(accounts.get(userId)) ?? account;
}

/** Asks again when the platform says that it may be asked. */
async function patiently<Outcome extends { outcome: string }>(ask: () => Promise<Outcome>): Promise<Outcome> {
  for (;;) {
    const answer = await ask();
    if (answer.outcome !== 'rate-limited' || !('retryAt' in answer)) return answer;
    await sleep(Math.min(Math.max(Number(answer.retryAt) - Date.now(), 100), MAX_PLATFORM_PAUSE_MS));
  }
}
