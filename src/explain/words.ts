import { eventName } from '../catapult/events.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { exactTime } from '../catapult/resources.ts';
import { leaseAnswerOf } from '../conference/rules/leases.ts';
import { nextTryAt } from '../conference/outbox/outbox.ts';
import { changeName, type ChangeOutcome } from '../conference/state/changes.ts';
import { deadlineSummaries, deadlinesOf, type DeadlineName } from '../conference/state/deadlines.ts';
import type { Effect } from '../conference/state/effects.ts';
import { recordOf } from '../conference/state/event-log.ts';
import type { CallbackBatch, Input } from '../conference/state/inputs.ts';
import type { Measurement } from '../conference/state/measurements.ts';
import type { DeliveryResult } from '../conference/state/outbox.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import type { Taken } from './replay.ts';

/* Inputs, and what the rules make of them, in words. */

const MAX_CHARACTERS = 300;
const MAX_NAMED = 5;

/** What came. */
export function tookOf(input: Input): string {
  return outsideText(inputInWords(input), MAX_CHARACTERS);
}

function inputInWords(input: Input): string {
  switch (input.type) {
    case 'opened':
      return 'the conference was asked for';
    case 'creation-awaited':
      return 'whoever asked for it waits until it is created';
    case 'callbacks':
      return batchInWords(input.batch);
    case 'creation-succeeded':
      return `the platform answered attempt ${input.attemptId}: it has made ${input.platformId}`;
    case 'creation-failed':
      return `creating it came to nothing: ${input.error.message}`;
    case 'creation-stopped':
      return 'no attempt to create it is under way any more';
    case 'platform-completed':
      return `the platform has completed ${input.platformId}`;
    case 'change':
      return `somebody asked: ${changeName(input.change)}`;
    case 'change-settled':
      return `the platform's answer to change ${input.id}: ${answerInWords(input.outcome)}`;
    case 'reconcile':
      return `the platform is to be asked: ${input.why}`;
    case 'platform-read':
      return readingInWords(input.reading);
    case 'cancel':
      return 'its workflow was cancelled in Temporal';
    case 'delivery-settled':
      return `a worker's delivery: ${deliveryInWords(input.result)}`;
    case 'redeliver':
      return `to be delivered again: ${named(input.records.map(({ sequence }) => `event ${sequence}`))}`;
    case 'lease-asked':
      return `a gateway asked for the lease${input.ask.epoch === undefined ? '' : ' for longer'}`;
    case 'lease-wanted':
      return `the lease is wanted back: ${input.why}`;
    case 'lease-recalled':
      return input.isBack ? 'the gateway has given the lease back' : 'the gateway did not answer for the lease';
    case 'watch':
      return `${input.id} waits for it`;
    case 'unwatch':
      return `${input.id} waits no more`;
    case 'watcher-notified':
      return `${input.id} has been told`;
    case 'clock':
      return 'the alarm rang';
  }
}

function batchInWords({ receipts, outcomes = [], firstAttempt, returned, returning }: CallbackBatch): string {
  const came = receipts.map(
    ({ event, channel }) => `${eventName(event)}${channel === 'fallback' ? ' (fallback)' : ''}`,
  );
  return [
    came.length === 0 ? [] : `callbacks of the platform: ${named(came)}`,
    firstAttempt === undefined ? [] : `the gateway's attempt to create it: ${firstAttempt.outcome}`,
    ...outcomes.slice(0, MAX_NAMED).map(({ result }) => `the gateway's delivery: ${deliveryInWords(result)}`),
    returned === undefined ? [] : 'the gateway gives the lease back',
    returning === undefined ? [] : 'the gateway judges no more events',
  ]
    .flat()
    .join('; ');
}

function answerInWords(outcome: ChangeOutcome): string {
  if (outcome.outcome === 'refused') return `refused, ${outcome.error.status} ${outcome.error.code}`;
  return outcome.outcome === 'lost' ? 'none came' : 'done';
}

function readingInWords(reading: Extract<Input, { type: 'platform-read' }>['reading']): string {
  switch (reading.outcome) {
    case 'read': {
      const there = reading.members.filter(({ state }) => state === 'active').length;
      return `the platform says: ${reading.conference.state}, ${there} member${there === 1 ? '' : 's'}`;
    }
    case 'missing':
      return 'the platform does not know the conference';
    case 'unreadable':
      return `the platform did not say: ${reading.why}`;
  }
}

function deliveryInWords({ attempts, failed, busyForMs }: DeliveryResult): string {
  const requests = attempts.map(
    ({ sequence, url, result, milliseconds }) => `event ${sequence} to ${url}: ${result} (${milliseconds} ms)`,
  );
  return [
    requests.length === 0 ? [] : named(requests),
    failed === undefined ? [] : `stopped at event ${failed.sequence}: ${failed.error}`,
    busyForMs === undefined ? [] : 'its host is spared for now',
    requests.length === 0 && failed === undefined && busyForMs === undefined ? 'stopped before it sent anything' : [],
  ]
    .flat()
    .join('; ');
}

/** What followed, and why; `state` is what it led to. */
export function decidedBy({ input, effects, before, at }: Taken, state: ConferenceState): string[] {
  return [
    ...effects.flatMap((effect) => effectInWords(effect, state, at)),
    ...(before.phase === state.phase ? [] : [`${before.phase} → ${state.phase}`]),
    ...leaseDecided(input, state, at),
    ...changeDecided(input, state),
    ...deliveryDecided(input, state),
    ...waitsFor(before.deadlines, state),
  ].map((text) => outsideText(text, MAX_CHARACTERS));
}

function effectInWords(effect: Effect, state: ConferenceState, at: number): string[] {
  switch (effect.type) {
    case 'log':
      return [effect.message];
    case 'create':
      return [
        `has the platform create it${(effect.notBefore ?? 0) > at ? `, not before ${exactTime(effect.notBefore ?? 0)}` : ''}`,
      ];
    case 'stop-creating':
      return ['makes no further attempt to create it'];
    case 'complete':
      return [`has the platform complete ${effect.platformId}`];
    case 'run-change': {
      const open = state.changes.open.find(({ id }) => id === effect.id);
      return open === undefined ? [] : [`change ${effect.id} begins: ${changeName(open.change)}`];
    }
    // The log says why.
    case 'read-platform':
      return [];
    case 'restart-delivery':
      return ['deliveries begin anew: where they go has changed'];
    case 'recall-lease':
      return ['recalls the lease from the gateway that has it'];
    case 'notify-watcher':
      return [`tells ${effect.id}: ${effect.word.outcome}`];
    case 'measure':
      return measured(effect.measurement, at);
  }
}

function measured(measurement: Measurement, at: number): string[] {
  switch (measurement.of) {
    case 'timer': {
      const { timer, seconds } = measurement;
      return [`${timer} was due at ${exactTime(at - seconds * 1_000)}, ${seconds} s ago: ${deadlineSummaries[timer]}`];
    }
    case 'dead-letter':
      return [`an event is given up (${measurement.reason})`];
    case 'reconciled':
      return measurement.outcome === 'nothing-new' ? ['the platform knows nothing new'] : [];
    case 'end':
    case 'accepted':
    case 'delivered':
    case 'dial':
      return [];
  }
}

function leaseDecided(input: Input, state: ConferenceState, at: number): string[] {
  if (input.type !== 'lease-asked') return [];
  const answer = leaseAnswerOf(state, input.ask, at);
  if (answer.outcome === 'refused') return [`not lent: ${answer.why}`];
  return [`lent until ${exactTime(state.leases?.lease?.until ?? at)}: that gateway judges and delivers the events`];
}

/** What is refused at once, or has to wait, is in no log. */
function changeDecided(input: Input, { changes }: ConferenceState): string[] {
  if (input.type !== 'change' || input.requester === undefined) return [];
  const { id: requester } = input.requester;
  const given = changes.answers.find((one) => one.requester === requester)?.answer;
  if (given?.outcome === 'refused')
    return [`refused: ${given.error.status} ${given.error.code}, ${given.error.message}`];
  const open = changes.open.find(({ requesters }) => requesters.some(({ id }) => id === requester));
  return open?.status === 'waiting' ? [`change ${open.id} waits for its turn`] : [];
}

/** What became of events that a worker, or a gateway under its lease, has sent. */
function deliveryDecided(input: Input, { outbox }: ConferenceState): string[] {
  const settled =
    input.type === 'delivery-settled' ? [input] : input.type === 'callbacks' ? (input.batch.outcomes ?? []) : [];
  const sent = settled.flatMap(({ result }) => result.attempts.filter(({ ok }) => ok));
  const failed = settled.flatMap(({ lane, result }) =>
    result.failed === undefined ? [] : [{ lane, ...result.failed }],
  );
  const again = failed.flatMap(({ lane, sequence }) => {
    if (recordOf(outbox.log, sequence)?.status !== 'waiting') return [];
    const next = outbox.lanes[lane] && nextTryAt(outbox.lanes[lane]);
    return [`event ${sequence} is tried again ${(next ?? 0) === 0 ? 'at once' : `at ${exactTime(next ?? 0)}`}`];
  });
  const delivered = [...new Set(sent.map(({ sequence }) => `event ${sequence}`))];
  return [...(delivered.length === 0 ? [] : [`delivered: ${named(delivered)}`]), ...again.slice(0, MAX_NAMED)];
}

/** Deadlines that move with every event say nothing. */
const QUIET: ReadonlySet<DeadlineName> = new Set(['silence', 'lease']);

function waitsFor(before: Taken['before']['deadlines'], { deadlines }: ConferenceState): string[] {
  return deadlinesOf(deadlines).flatMap(([name, at]) =>
    QUIET.has(name) || before[name] === at ? [] : [`waits until ${exactTime(at)}: ${deadlineSummaries[name]}`],
  );
}

function named(all: readonly string[]): string {
  const more = all.length - MAX_NAMED;
  return [...all.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
