import { z } from 'zod';
import { answered, bodyOf } from '../http.ts';
import { eventually, expectThat } from '../observe.ts';
import type { Stage } from '../stage.ts';
import { print, say, scene } from '../tell.ts';
import type { People } from './people.ts';

/** One hangs up, then the customer ends the conference: nobody is left anywhere. */
export async function end(stage: Stage, { ann, ben }: People): Promise<void> {
  scene('The end');
  await stage.sandbox.hangUp(ann.callId);
  await stage.customerGets('conference-member completed', { memberId: ann.memberId });
  say('Ann hung up: the customer got “conference-member completed” for her.');
  answered(200, await stage.post(stage.path, { state: 'completed' }));
  await stage.customerGets('conference-member completed', { memberId: ben.memberId });
  await stage.customerGets('conference completed');
  say('The customer ended the conference, was answered 200, and got Ben’s leave and “conference completed”.', 3);
  const made = await nobodyIsLeft(stage);
  say(
    `On the platform ${made.length === 1 ? 'the one conference' : `all ${made.length} conferences`} made for it: completed, nobody in it, no call up.`,
    1,
  );
}

async function nobodyIsLeft({ sandbox, conferenceId, signal }: Stage) {
  const look = async () => {
    const made = await sandbox.madeFor(conferenceId);
    const ids = made.map(({ id }) => id);
    const open = made.filter(
      ({ state, members }) => state !== 'completed' || members.some((member) => member.state === 'active'),
    );
    const up = (await sandbox.calls()).filter(
      (call) => ids.includes(call.conferenceId ?? '') && call.state !== 'completed',
    );
    return { made, left: [...open.map(({ id }) => id), ...up.map(({ callId }) => callId)] };
  };
  const came = ({ left }: { left: string[] }) => `still there: ${left.join(', ')}`;
  const expected = 'on the platform all is completed';
  return (await eventually({ expected, look, is: ({ left }) => left.length === 0, came }, signal)).made;
}

/** Counts what the platform sent against what the customer got, and looks at the conference in Temporal. */
export async function settle(stage: Stage): Promise<void> {
  const closed = await stage.closed();
  const { status, historyLength } = closed;
  expectThat(status === 'COMPLETED', 'the workflow has the status COMPLETED', status);
  const sent = await sentByThePlatform(stage);
  const [events, attempts] = [stage.events(), stage.attempts()];
  expectThat(events.length === sent, `the customer has the ${sent} events that the platform sent`, `${events.length}`);
  const numbers = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
  expectThat(
    numbers.every((number, index) => number === index + 1),
    `events numbered 1 to ${sent}`,
    numbers,
  );
  expectThat(
    attempts.every(({ isSigned }) => isSigned),
    'every attempt is signed',
    'one is not',
  );
  const again = attempts.filter((attempt) => attempt.answered === 200).length - sent;
  const once = again === 0 ? 'each once' : `${again} of them again, with the same webhook-id`;
  say(`The platform sent ${sent} events; the customer got ${sent}, ${once}, numbered 1 to ${sent} and signed.`, 2, 3);
  const resource = bodyOf(z.object({ phase: z.string(), reason: z.string() }), await stage.get(stage.path));
  say(`GET …/${stage.conferenceId} shows the phase ${resource.phase}, the reason ${resource.reason}.`);
  say(`In Temporal the conference is a closed workflow, ${status}, with a history of ${historyLength} events.`, 7);
  const address = stage.inTheUi(closed);
  print(address === undefined ? `\nIts workflow: ${stage.workflowId}` : `\nIn the Temporal UI:\n${address}`);
}

/** How many events the platform has sent about the conference and its calls. */
async function sentByThePlatform({ sandbox, conferenceId }: Stage): Promise<number> {
  // The one that was adopted is the one that had people in it; what a repeated attempt made is none of the customer's.
  const conference = (await sandbox.madeFor(conferenceId)).find(({ members }) => members.length > 0);
  const calls = (await sandbox.calls()).filter((call) => call.conferenceId === conference?.id);
  // What a fault of others sent twice is one event, with one number.
  const events = ({ callbacks }: { callbacks: { number: number }[] }) =>
    new Set(callbacks.map(({ number }) => number)).size;
  return [...calls, ...(conference === undefined ? [] : [conference])].reduce((sum, one) => sum + events(one), 0);
}
