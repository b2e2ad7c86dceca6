import { answered } from '../http.ts';
import { eventually, expectThat } from '../observe.ts';
import type { Stage } from '../stage.ts';
import { say, scene, took } from '../tell.ts';
import { theOneOnThePlatform } from './creating.ts';
import type { People } from './people.ts';

/** The customer's callbackUrl fails, and fallbackUrl serves. */
export async function failCallbackUrl(stage: Stage, { ben }: People): Promise<void> {
  scene('The customer’s endpoint fails');
  const { customer } = stage;
  const before = stage.events().length;
  customer.isFailing = true;
  answered(200, await stage.post(`${stage.path}/members/${ben.memberId}`, { mute: false }));
  const unmuted = { memberId: ben.memberId, mute: false };
  const taken = await stage.customerGets('conference-member active', unmuted, before);
  const attempts = stage.attempts().filter(({ webhookId }) => webhookId === taken.webhookId);
  customer.isFailing = false;
  const came = attempts.map(({ path, answered: status }) => `${path} ${status}`).join(', ');
  expectThat(came === '/events 500, /fallback 200', 'callbackUrl answers 500, then fallbackUrl 200', came);
  say('Ben was unmuted. callbackUrl answered the event with 500; fallbackUrl got it, with the same webhook-id.', 3);
}

/** The worker is killed, an event arrives meanwhile, and is delivered when another worker is there. */
export async function killWorker(stage: Stage, { carol }: People): Promise<void> {
  scene('The worker is killed');
  const killed = await stage.worker.kill();
  const since = performance.now();
  say(`kill -9: the worker, process ${killed}, is gone.`);
  await stage.sandbox.hangUp(carol.callId);
  const result = await gatewaysAnswer(stage, carol.memberId);
  say(`Carol hung up. The gateway answered the platform’s callback ${result} all the same.`, 2);
  const pid = await stage.worker.back(killed);
  say(`npm start has started another worker, process ${pid}: it asks Temporal for work ${took(since)} after the kill.`);
  await stage.customerGets('conference-member completed', { memberId: carol.memberId });
  say('The customer got “conference-member completed” for Carol.', 2);
}

/** What the gateway answered the platform's callback about a member that left. */
async function gatewaysAnswer(stage: Stage, memberId: string): Promise<string> {
  const look = async () => {
    const { callbacks } = await theOneOnThePlatform(stage);
    return callbacks.find(({ event }) => event.memberId === memberId && event.state === 'completed')?.attempts.at(-1);
  };
  const expected = 'the gateway answers the platform’s callback 200';
  const taken = await eventually({ expected, look, is: (attempt) => attempt?.ok === true }, stage.signal);
  return taken?.result ?? '';
}

/** Somebody without the secret, and somebody who guesses a callback URL. */
export async function refuseStrangers(stage: Stage): Promise<void> {
  scene('Strangers come');
  answered(401, await stage.post(stage.path, { state: 'completed' }, 'guessed'));
  say('POST {"state": "completed"} with a wrong secret was answered 401.', 6);
  const { id, callbackUrl } = await theOneOnThePlatform(stage);
  const end = { eventType: 'conference', conferenceId: id, status: 'completed' };
  answered(404, await stage.post(withOneLetterChanged(new URL(callbackUrl).pathname), end));
  await theOneOnThePlatform(stage);
  say('“conference completed” at a callback URL of ours with one letter changed: 404. The conference goes on.', 6);
}

function withOneLetterChanged(path: string): string {
  const at = path.length - 10;
  return path.slice(0, at) + (path[at] === 'a' ? 'b' : 'a') + path.slice(at + 1);
}
