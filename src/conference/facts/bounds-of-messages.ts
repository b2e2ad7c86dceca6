import { MAX_NESTING_LEVELS } from '../../catapult/budget.ts';
import * as kinds from '../../catapult/kinds.ts';
import type { Kind } from '../../catapult/kinds.ts';
import type { WireError } from '../../catapult/errors.ts';
import { isNestedWithin } from '../../catapult/outside-text.ts';
import { isPlatformId } from '../../catapult/paths.ts';
import { phases } from '../../catapult/words.ts';
import { MAX_RECEIPTS_AT_ONCE, MAX_WAIT_MS } from '../budget.ts';
import type { ChangeRequests, IdempotencyKey, Requester } from '../state/changes.ts';
import type { LoggedEvent } from '../state/event-log.ts';
import type { CallbackBatch, DeliveryOutcome, Receipt } from '../state/inputs.ts';
import type { FirstHolder, LeaseAsk } from '../state/lease.ts';
import type { DeliveryFailure, DeliveryResult } from '../state/outbox.ts';
import type { Standing, Word } from '../state/watchers.ts';
import { whyUnfitChange } from './bounds.ts';
import {
  anyText,
  count,
  finite,
  holding,
  is,
  isObject,
  listOf,
  may,
  oneOfThese,
  optional,
  placed,
  text,
  time,
  within,
  word,
  type Check,
  type Checks,
} from './shapes.ts';

/*
 * What gateways, clients and workflows of ours send to a conference, as far as the rules go by it. It comes from them by Temporal, and so it may come
 * from anybody there.
 */

/** Ids, URLs, reasons: what is no request. */
const MAX_TEXT_CHARACTERS = 3_000;
export const line = text(MAX_TEXT_CHARACTERS);

/** How long something is put off. */
export const wait: Kind = {
  wants: 'a number of milliseconds, a year at most',
  fits: (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= MAX_WAIT_MS,
};

const platformId: Kind = {
  wants: 'an id of the platform',
  fits: (value) => typeof value === 'string' && isPlatformId(value),
};

/** What an event may also say as `null`, which is nothing. */
const said =
  (kind: Kind): Check =>
  (value) =>
    value === null ? undefined : may(kind)(value);

/** As the bridge leaves it (catapult/from-platform.ts): what we do not know in it goes on to the customer as it came. */
const knownOfEvent: Record<string, Check> = {
  eventType: is(text(200)),
  ...{ conferenceId: said(platformId), memberId: said(platformId), callId: said(platformId) },
  ...{ status: said(text(100)), state: said(text(100)), activeMembers: said(finite), tag: said(anyText) },
  ...{ time: said(text(40)), createdTime: said(text(40)), completedTime: said(text(40)) },
};

export const event: Check = (value) =>
  isNestedWithin(value, MAX_NESTING_LEVELS + 1) ? holding(knownOfEvent)(value) : ': wants fewer levels';

export const wireError = holding({
  ...{ status: is(finite), category: is(anyText), code: is(anyText), message: is(anyText) },
  details: optional(listOf(holding({}))),
} satisfies Checks<WireError>);

const lent = holding({ epoch: is(count), eventSequence: may(count) });

const channel = is(word(['primary', 'fallback']));

const receipt = holding({
  ...{ sequence: is(count), arrivedAt: is(time), channel, attemptId: is(line), digest: is(line) },
  ...{ event, lent: optional(lent), trace: may(line) },
} satisfies Checks<Receipt>);

/** An attempt without its sequence, as it lies with its event. */
export const attempt = {
  ...{ at: is(time), url: is(word(['callbackUrl', 'fallbackUrl'])), ok: is(kinds.flag) },
  ...{ result: is(anyText), milliseconds: is(finite), answer: may(anyText) },
};

const failed = holding({
  ...{ sequence: is(count), error: is(anyText), retryAfterMs: may(wait), isFirst: may(kinds.flag) },
} satisfies Checks<DeliveryFailure>);

const result = holding({
  attempts: listOf(holding({ ...attempt, sequence: is(count) })),
  ...{ gone: optional(listOf(is(line))), busyForMs: may(wait), failed: optional(failed) },
} satisfies Checks<DeliveryResult>);

/** What lanes are called is no word that every object has by nature. */
const lane: Kind = {
  wants: 'a lane',
  fits: (value) => value === 'conference' || (line.fits(value) && /^(call|redelivery:) /.test(String(value))),
};

const outcome = holding({ id: is(line), lane: is(lane), result } satisfies Checks<DeliveryOutcome>);

const firstAttempt = oneOfThese('outcome', {
  created: holding({ attemptId: is(line), platformId: is(platformId) }),
  refused: holding({ attemptId: is(line), error: wireError }),
  open: holding({ attemptId: is(line), mayHaveMade: is(kinds.flag), retryAt: may(time) }),
});

export const batch = holding({
  ...{ opening: is(line), follows: optional(listOf(is(line))), receipts: listOf(receipt, MAX_RECEIPTS_AT_ONCE) },
  ...{ firstAttempt: optional(firstAttempt), outcomes: optional(listOf(outcome)) },
  ...{ returned: may(count), returning: may(count) },
} satisfies Checks<CallbackBatch>);

const seen = holding({ attemptId: is(line), platformId: is(platformId) });

const ask = holding({
  ...{
    opening: is(line),
    follows: listOf(is(line)),
    url: is(kinds.callbackUrl),
    epoch: may(count),
    seen: optional(seen),
  },
  ...{ isPatient: may(kinds.flag), until: is(time) },
} satisfies Checks<LeaseAsk>);

export const holder = holding({
  ...{ attemptId: is(line), opening: is(line), url: is(kinds.callbackUrl) },
} satisfies Checks<FirstHolder>);

/** What is kept of each who asks, and waits. */
const MAX_KEPT_BYTES = 10_000;

export const key = within(
  MAX_KEPT_BYTES,
  holding({ id: is(line), fingerprint: is(line) } satisfies Checks<IdempotencyKey>),
);
export const requester = within(MAX_KEPT_BYTES, holding({ id: is(line), until: is(time) } satisfies Checks<Requester>));

/** A change of a conference, looked at as a request is. */
export const change =
  (now: number): Check =>
  (value) => {
    const why = whyUnfitChange(value, now);
    return why === undefined ? undefined : `: ${why}`;
  };

const changes = (now: number) =>
  holding({
    ...{ client: is(line), number: is(finite), awaited: listOf(is(line)) },
    requests: listOf(holding({ change: change(now), requester, key: optional(key), trace: may(line) })),
  } satisfies Checks<ChangeRequests>);

export const record = holding({
  ...{ id: is(line), sequence: is(count), acceptedAt: is(time), event, trace: may(line), lane: may(lane) },
  ...{ source: is(word(['platform', 'reconciled', 'convoke'])), attempts: listOf(holding(attempt)) },
  status: is(word(['waiting', 'delivered', 'dead', 'recorded'])),
} satisfies Checks<LoggedEvent>);

export const awaited = within(MAX_KEPT_BYTES, (value) =>
  isObject(value) && ('members' in value || 'phase' in value)
    ? holding({ members: may(finite), phase: may(word(['created', 'active', 'completed'])) })(value)
    : ': wants a phase, or a number of members',
);

const standing = holding({
  ...{ phase: is(word(phases)), reason: may(line), activeMembers: is(finite), hadMembers: is(kinds.flag) },
} satisfies Checks<Standing>);

export const toldWord = holding({
  ...{ outcome: is(word(['reached', 'over', 'too-many'])), standing },
} satisfies Checks<Word>);

type Why = string | undefined;

/** The events in it have a few levels above them. */
const MAX_LEVELS = MAX_NESTING_LEVELS + 10;

const whyNot =
  (check: Check) =>
  (value: unknown): Why =>
    isNestedWithin(value, MAX_LEVELS) ? placed(check(value)) : `it wants at most ${MAX_LEVELS} levels`;

/** What is wrong with what comes by signals and updates, of each kind. */
export const whyUnfitMessage = {
  changes: (value: unknown, now: number): Why => whyNot(changes(now))(value),
  ask: whyNot(ask),
  batch: whyNot(batch),
  redelivery: (records: unknown, under: unknown): Why =>
    whyNot(listOf(record))(records) ?? whyNot(optional(key))(under ?? undefined),
  reason: (why: unknown): Why => whyNot(may(line))(why ?? undefined),
  watch: (id: unknown, given: unknown): Why => whyNot(is(line))(id) ?? whyNot(awaited)(given),
  awaited: whyNot(awaited),
  word: whyNot(toldWord),
  id: whyNot(is(line)),
};
