import fc from 'fast-check';
import { saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import type { Change, IdempotencyKey } from '../../src/conference/state/changes.ts';
import {
  callEvent,
  completed,
  created,
  CUSTOMER,
  dtmf,
  member,
  platformId,
  playback,
  SILENCE,
} from './conference-world-events.ts';
import { seedOf } from '../support/seed.ts';
import { ADDED, history, SECOND, type Command, type EventPlan, type History } from './conference-world-plans.ts';
import { dialIdOf, isOnce, madeBy, type PlatformRun } from './conference-world-runs.ts';
import { World, type Arrival } from './conference-world.ts';

/* Random histories, lived in the world around the rules. */

/** Other histories every time; a failure names the seed, and RULES_SEED takes it. */
const sample = { seed: seedOf('RULES_SEED') | 0, numRuns: Number(process.env['WORLDS'] ?? 250) };
let lived: World[] | undefined;

/** Checks what is to hold for every history: for some hundred, lived once for all checks of a file, or the first `worlds`. */
export function always(check: (world: World) => void, { worlds = sample.numRuns } = {}): void {
  try {
    lived ??= fc.sample(history, sample).map(live);
    lived.slice(0, worlds).forEach(check);
  } catch (error) {
    // Once more from the beginning, to find the smallest history that fails.
    fc.assert(
      fc.property(history, (random) => check(live(random))),
      sample,
    );
    throw error;
  }
}

/** The same histories every time: to see whether they meet what is to be checked. */
export function samples(numRuns = 200): World[] {
  return fc.sample(history, { seed: 1, numRuns }).map(live);
}

/** Lives a history, to its end. */
export function live({ hasCallbackUrl, isFaultless, begins, commands, creationEnds }: History): World {
  const world = new World(hasCallbackUrl ? { callbackUrl: CUSTOMER } : {}, isFaultless);
  if (begins !== 'creating') world.answer(true);
  if (begins === 'active') world.event(member(platformId(1), 'member-a'));
  for (const { after: pause, command: next } of commands) {
    world.pass(pause);
    obey(world, next);
  }
  world.comeToRest(creationEnds);
  return world;
}

function obey(world: World, next: Command): void {
  switch (next.do) {
    case 'answer':
      return world.answer(next.isHeard);
    case 'refuse':
      return world.refuse(next.how);
    case 'stopped':
      return world.stopped();
    case 'ask whether created':
      return void world.take({ type: 'creation-awaited' });
    case 'callbacks': {
      const earlier = world.batches.filter(({ opening }) => opening === next.opening).at(-1)?.receipts ?? [];
      const events = next.events.map((plan) => planned(world, plan));
      return void world.callbacks(next.opening, events, next.overlaps ? earlier.slice(-3) : []);
    }
    case 'resend': {
      const batch = oneOf(world.batches, next.which);
      return batch && void world.take({ type: 'callbacks', batch });
    }
    case 'ask':
      return ask(world, next.change, next.key);
    case 'ask again': {
      const asked = world.taken.flatMap(({ input }) => (input.type === 'change' ? [input] : []));
      const again = oneOf(asked, next.which);
      return again && void world.ask(again.change, again.key);
    }
    case 'end run':
      return endRun(world, next);
    case 'show': {
      const run = oneOf(world.runs.filter(mayBeShown), next.which);
      return run && world.show(run, next.channel);
    }
    case 'watch':
      return world.watch(next.awaited);
    case 'unwatch':
      return world.unwatch(next.which);
    case 'tell':
      return world.tell(next.which);
    case 'cancel':
      return void world.take({ type: 'cancel' });
    case 'reconcile':
      return void world.take({ type: 'reconcile', why: 'an operator wants it' });
    case 'read':
      return world.read(next.outcome);
    case 'ring':
      return world.ringAfter(0);
    case 'settle':
      return world.settle(next.delivers, world.isFaultless && next.end === 'failed' ? 'well' : next.end);
    case 'confirm':
      return world.confirm(next.which, next.isSaidTwice);
  }
}

/** The fingerprint of a change is all of it. */
function ask(world: World, wanted: Change, key: string | undefined): void {
  const place = 'memberId' in wanted && wanted.memberId === ADDED ? { memberId: lastAdded(world) } : {};
  const asked = { ...wanted, ...place };
  const requestKey: IdempotencyKey | undefined =
    key === undefined ? undefined : { id: key, fingerprint: JSON.stringify(asked) };
  world.ask(asked, requestKey);
}

/** What has been shown is refused only where it is a call (a gateway of the platform may give up on it), and what may be repeated is not lost but given up. */
function endRun(world: World, { which: n, outcome, asksToWait }: Extract<Command, { do: 'end run' }>): void {
  const run = oneOf(world.underWay, n);
  if (run === undefined) return;
  if (isOnce(run.change) && run.change.kind !== 'dial' && outcome === 'refused' && run.isShown)
    return world.endRun(run, 'lost');
  if (!isOnce(run.change) && outcome === 'lost') return world.endRun(run, 'refused', SILENCE);
  world.endRun(run, outcome, undefined, asksToWait ? world.now + SECOND : undefined);
}

/** One of what there is, counted from the latest back; undefined if there is nothing. */
function oneOf<Item>(items: readonly Item[], which: number): Item | undefined {
  return items.at(-1 - (which % Math.max(items.length, 1)));
}

const mayBeShown = ({ change, outcome }: PlatformRun) => isOnce(change) && outcome !== 'refused';

function lastAdded(world: World): string {
  const run = world.runs.filter(({ change, outcome }) => change.kind === 'add-member' && outcome !== 'refused').at(-1);
  return run === undefined ? 'member-a' : madeBy(run);
}

let marks = 0;

function planned(world: World, plan: EventPlan): Arrival {
  const { kind } = plan;
  const digit = (): CallbackEvent => dtmf((marks += 1));
  switch (kind) {
    case 'created':
      return { event: created(platformId(plan.conference)), channel: plan.channel };
    case 'completed':
      return { event: completed(platformId(plan.conference)), channel: plan.channel };
    case 'playback':
      return { event: playback(platformId(plan.conference), 'started'), channel: plan.channel };
    case 'member': {
      const id = plan.memberId === ADDED ? lastAdded(world) : plan.memberId;
      const adding = world.runs.find((run) => madeBy(run) === id);
      const callId = adding?.change.kind === 'add-member' ? adding.change.member.callId : `call-of-${id}`;
      if (adding && plan.conference === 1) adding.isShown = true;
      return { event: member(platformId(plan.conference), id, { ...plan.fields, callId }), channel: plan.channel };
    }
    case 'dtmf':
      return { event: digit(), channel: plan.channel };
    case 'call': {
      const dialled = world.runs.filter((other) => other.change.kind === 'dial');
      const run = oneOf(dialled, plan.which);
      if (run === undefined) return { event: digit(), channel: plan.channel };
      run.isShown = true;
      const event = callEvent(plan.eventType, madeBy(run), (marks += 1));
      return { event, channel: plan.channel, attemptId: dialIdOf(run) };
    }
    case 'copy': {
      const original = world.batches.flatMap(({ receipts }) => receipts).at(-1 - plan.which);
      if (original === undefined) return { event: digit() };
      const { event, attemptId } = original;
      return { event: saidBy(event), channel: original.channel === 'primary' ? 'fallback' : 'primary', attemptId };
    }
  }
}
