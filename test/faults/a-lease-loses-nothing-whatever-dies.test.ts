import { expect } from '@jest/globals';
import type { Count } from '../support/town/count.ts';
import { longOrShort } from '../support/town/length.ts';
import { LENDING, openTalks, type Talk } from '../support/town/talk.ts';
import type { Town } from '../support/town/town.ts';
import { underFault, type Scene } from '../support/town/under-fault.ts';
import { timePasses, until } from '../support/until.ts';

/*
 * A gateway that has a conference's lease numbers and sends its events itself, and the conference hears of it a moment later. Here it dies,
 * stands still, or is cut off at every step of that.
 */

const TALKS = longOrShort(10, 3);
const DIGITS = '12345678901234567890';

const all = (talks: Talk[], work: (talk: Talk) => Promise<void>) => Promise.all(talks.map(work));
const sayAll = (talks: Talk[], digits = DIGITS) => all(talks, (talk) => talk.say(digits));

/** Ends the conferences and holds the promises; so many events may have been sent again. */
async function over({ promisesHeld }: Scene, talks: Talk[], repeated: number): Promise<Count> {
  await all(talks, (talk) => talk.end());
  const counted = await promisesHeld(talks);
  expect(counted.outOfOrder).toEqual([]);
  expect(counted.repeated).toBeLessThanOrEqual(repeated);
  return counted;
}

/** A customer that reads and does not answer, until it is told to. */
function holding({ customer }: Town, talks: Talk[]) {
  let isHolding = true;
  const read = new Set<string>();
  for (const { path } of talks)
    customer.answer(path, (response) => {
      if (isHolding) read.add(path);
      else response.writeHead(200).end();
    });
  return {
    hasRead: () => read.size === talks.length,
    answerNow: () => (isHolding = false),
  };
}

const ANSWERS_AFTER_MS = 200;

/** Of a customer that answers after that time: one is under way, one or two were answered, and not reported yet. */
const UNREPORTED = 3;

function answersAfter({ customer }: Town, talks: Talk[], milliseconds: number): void {
  for (const { path } of talks)
    customer.answer(path, (response) => void setTimeout(() => response.writeHead(200).end(), milliseconds));
}

underFault(
  'lease: gateway killed between sync and sending',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    // So slow that most of what is synced has not been sent.
    answersAfter(town, talks, ANSWERS_AFTER_MS);
    await sayAll(talks);
    await town.controls.callbacksAreSent();
    await town.gateway.killAndStart();
    // One of each was under way; the answers before are in the journal.
    await over(scene, talks, TALKS);
  },
  { settings: LENDING },
);

underFault(
  'lease: gateway killed between sending and outcome',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    const customer = holding(town, talks);
    await sayAll(talks);
    await until('one of each has been read', customer.hasRead);
    await town.controls.callbacksAreSent();
    await town.gateway.kill();
    customer.answerNow();
    await town.gateway.start();
    await over(scene, talks, TALKS);
  },
  { settings: LENDING },
);

/** How long after an answer the gateway is killed: before it has read it, and until it has just reported it (ms). */
const KILLED_AFTER = longOrShort([0, 5, 10, 20, 40, 80, 120, 160, 200, 250], [0, 20, 150]);

underFault(
  'lease: gateway killed between answer and report',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    for (const after of KILLED_AFTER) {
      await town.callbacksAreThrough();
      const before = town.customer.received.length;
      await sayAll(talks, '1');
      await until('one is answered', () => town.customer.received.length > before, undefined, 1);
      await timePasses('its answer is read, and not reported yet', after);
      await town.gateway.killAndStart();
    }
    // The first kills come while the others' are under way; later all answers are in the journal.
    await over(scene, talks, TALKS * 2);
  },
  { settings: LENDING },
);

underFault(
  'lease: gateway stands still for longer than it holds, and goes on',
  async (scene) => {
    const { town, promisesHeld } = scene;
    const talks = await openTalks(town, TALKS);
    answersAfter(town, talks, ANSWERS_AFTER_MS);
    await sayAll(talks);
    await town.controls.callbacksAreSent();
    town.gateway.pause();
    // These come to the second one.
    await sayAll(talks, '***');
    await timePasses('the lease runs out', longOrShort(60_000, 35_000));
    await until('the second one’s have come', () => talks.every((talk) => talk.heard().endsWith('***')));
    town.gateway.resume();
    await sayAll(talks, '#');
    await all(talks, (talk) => talk.end());
    expect((await promisesHeld(talks)).repeated).toBeLessThanOrEqual(TALKS * UNREPORTED);
  },
  { gateways: 2, settings: LENDING },
);

underFault(
  'lease: gateway killed, and the second one gets the copy',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    await town.callbacksAreThrough();
    await town.gateway.kill();
    await sayAll(talks);
    await until('each has come', () => talks.every((talk) => talk.heard().endsWith(DIGITS)));
    await town.gateway.start();
    await sayAll(talks, '***');
    await over(scene, talks, 0);
  },
  { gateways: 2, settings: LENDING },
);

underFault(
  'lease: the second gateway has it, and gives it back to the first one',
  async (scene) => {
    const { town } = scene;
    await town.gateway.kill();
    const talks = await openTalks(town, TALKS);
    await town.gateway.start();
    await all(talks, (talk) => talk.moveTo('new'));
    await sayAll(talks);
    await until('each has come', () => talks.every((talk) => talk.heard('/new').endsWith(DIGITS)));
    // It was asked where the platform reaches it: nobody has waited for its lease to run out.
    expect(town.worker.hasSaid(/a lease has run out/)).toBe(false);
    await over(scene, talks, 0);
  },
  { gateways: 2, settings: LENDING },
);

/** More than are told of at one moment. */
const MANY_TALKS = longOrShort(60, 5);

underFault(
  'lease: gateway stopped in order, and the second one goes on',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, MANY_TALKS);
    answersAfter(town, talks, ANSWERS_AFTER_MS);
    await sayAll(talks, '123');
    await town.controls.callbacksAreSent();
    await town.gateway.stop();
    await sayAll(talks, '***');
    await until('each has come', () => talks.every((talk) => talk.heard().endsWith('123***')));
    // All leases were given back: nobody has waited for one to run out.
    expect(town.worker.hasSaid(/a lease has run out/)).toBe(false);
    await town.gateway.start();
    await over(scene, talks, 0);
  },
  { gateways: 2, settings: LENDING },
);

underFault(
  'lease: Temporal stands still, and goes on',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    await town.callbacksAreThrough();
    town.temporal.pause();
    await sayAll(talks);
    // Nobody needs Temporal for that.
    await until('each has come', () => talks.every((talk) => talk.heard().endsWith(DIGITS)), 15_000);
    await timePasses('Temporal stands still', longOrShort(60_000, 10_000));
    await sayAll(talks, '***');
    await town.controls.callbacksAreSent();
    town.temporal.resume();
    await until('the last have come', () => talks.every((talk) => talk.heard().endsWith('***')));
    await over(scene, talks, 0);
  },
  { settings: LENDING },
);

underFault(
  'lease: recalled while a slow customer is being sent to',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    const heard = talks.map((talk) => talk.heard());
    answersAfter(town, talks, 3_000);
    await sayAll(talks, '11111');
    await until('one of each has been read', () => talks.every((talk, index) => talk.heard() !== heard[index]));
    await all(talks, (talk) => talk.moveTo('new'));
    await sayAll(talks, '22222');
    await until('each has come', () => talks.every((talk) => talk.heard('/new').endsWith('22222')));
    for (const talk of talks) expect(talk.heard()).not.toContain('2');
    await over(scene, talks, 0);
  },
  { settings: LENDING },
);

const MOVES = longOrShort(10, 3);

underFault(
  'lease: callback fields changed while events come',
  async (scene) => {
    const { town } = scene;
    const talks = await openTalks(town, TALKS);
    for (let move = 1; move <= MOVES; move += 1) {
      await Promise.all([sayAll(talks, '1'.repeat(10)), all(talks, (talk) => talk.moveTo(`place-${move}`))]);
      await sayAll(talks, '*');
      // What happens after a change is told where that says, and nowhere else.
      await until('the last has come', () => talks.every((talk) => talk.heard(`/place-${move}`).endsWith('*')));
    }
    for (const talk of talks) expect(talk.heard()).not.toContain('*');
    await over(scene, talks, 0);
  },
  { settings: LENDING },
);
