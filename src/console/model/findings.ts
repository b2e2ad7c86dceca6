import type { Conference, EventResource } from '../../catapult/resource-schemas.ts';
import type { Health, Step } from '../../catapult/watching-resources.ts';
import type { Tone } from './timeline.ts';
import { inWords } from './time.ts';

/* What is wrong, whose it is, and what helps: said above everything else, in the order of its weight. */

export interface Finding {
  tone: Tone;
  /** What is wrong, and whose it is. */
  text: string;
  /** What helps. */
  advice: string;
}

/** After so long an end that the platform has not confirmed is worth a word (ms). */
const ENDING_LONG_MS = 30_000;
/** So is an event that nobody has sent. */
const UNSENT_LONG_MS = 10_000;

interface Known {
  conference: Conference | undefined;
  events: readonly EventResource[];
  steps: readonly Step[];
  now: number;
}

/** What is worth a word of one conference. */
export function findingsOf(known: Known): Finding[] {
  return [
    ofItself(known),
    ofPlatform(known),
    ofEnding(known),
    ofWaiting(known),
    ofUnsent(known),
    ofDead(known),
    ofMadeUp(known),
  ].flat();
}

function ofItself({ conference }: Known): Finding[] {
  const { phase, error } = conference ?? {};
  if (phase !== 'failed' && phase !== 'terminated') return [];
  const what =
    phase === 'failed' ? 'has failed, as it could not be created on the platform' : 'was terminated in Temporal';
  const text = `The conference ${what}: ${error?.message ?? 'no reason is known'}`;
  const advice =
    phase === 'failed'
      ? 'It is not tried any more. Once the reason is gone, the customer creates another one.'
      : 'On the platform it may go on: end it there. Its events cannot be delivered again.';
  return [{ tone: 'bad', text, advice }];
}

/** The platform's are requests that are tried again and again. */
function ofPlatform({ steps }: Known): Finding[] {
  const tried = steps.filter(
    ({ kind, state, error }) => kind === 'platform' && state === 'running' && error !== undefined,
  );
  return tried.map(({ does, attempts = 1, error = '' }) => ({
    tone: 'bad',
    text: `The platform has not done this in ${attempts} ${attempts === 1 ? 'try' : 'tries'}: ${does}. It says: ${error}`,
    advice: 'Convoke goes on trying. Look at Health whether the platform answers at all; if so, ask its operator.',
  }));
}

function ofEnding({ conference, steps, now }: Known): Finding[] {
  const since = steps.findLast(({ kind, does }) => kind === 'phase' && does.startsWith('ending'));
  if (conference?.phase !== 'ending' || since === undefined) return [];
  const tookMs = now - Date.parse(since.time);
  if (tookMs < ENDING_LONG_MS) return [];
  const text = `The platform has not confirmed the end for ${inWords(tookMs)}.`;
  return [
    { tone: 'waits', text, advice: 'It is tried until the platform does. What the platform answers stands below.' },
  ];
}

function ofWaiting({ events, now }: Known): Finding[] {
  const failing = events.filter(({ state, attempts }) => state === 'waiting' && attempts.at(-1)?.ok === false);
  const last = failing[0]?.attempts.at(-1);
  if (last === undefined) return [];
  const since = Math.min(...failing.map(({ acceptedTime }) => Date.parse(acceptedTime)));
  const waiting = events.filter(({ state }) => state === 'waiting').length;
  const text = `${waiting} ${waiting === 1 ? 'event waits' : 'events wait'} for the customer, the first for ${inWords(now - since)}. The customer’s ${last.url}: ${last.result}.`;
  return [
    { tone: 'bad', text, advice: `${hintFor(last.result)} Events are tried again by themselves, and in their order.` },
  ];
}

/** Nobody's failure yet: nothing was sent. */
function ofUnsent({ conference, events, now }: Known): Finding[] {
  const unsent = events.filter(({ state, attempts }) => state === 'waiting' && attempts.length === 0);
  const waitedMs = now - Math.min(...unsent.map(({ acceptedTime }) => Date.parse(acceptedTime)));
  const isBehind = events.some(({ state, attempts }) => state === 'waiting' && attempts.length > 0);
  const isOver = conference?.phase === 'terminated';
  if (isOver || unsent.length === 0 || isBehind || waitedMs < UNSENT_LONG_MS) return [];
  const text = `${unsent.length} ${unsent.length === 1 ? 'event has' : 'events have'} not been sent to the customer yet, the first for ${inWords(waitedMs)}.`;
  const advice =
    'Either no worker is free, or the customer’s host is spared since it has not answered requests of other conferences: see Health.';
  return [{ tone: 'waits', text, advice }];
}

function ofDead({ events }: Known): Finding[] {
  const dead = events.filter(({ state }) => state === 'dead');
  if (dead.length === 0) return [];
  const result = dead.at(-1)?.attempts.at(-1)?.result ?? 'there was no URL left';
  const text = `${dead.length} ${dead.length === 1 ? 'event was' : 'events were'} given up. The last request came to: ${result}.`;
  return [
    {
      tone: 'bad',
      text,
      advice: `${hintFor(result)} Then deliver them again: here, or all of an account under Dead letters.`,
    },
  ];
}

function ofMadeUp({ events }: Known): Finding[] {
  const madeUp = events.filter(({ source }) => source === 'reconciled').length;
  if (madeUp === 0) return [];
  const text = `The platform’s callbacks for ${madeUp} ${madeUp === 1 ? 'event' : 'events'} never came: Convoke has asked the platform instead.`;
  return [
    { tone: 'waits', text, advice: 'If that goes on, look whether the platform reaches this gateway (PUBLIC_URL).' },
  ];
}

const hints: Record<string, string> = {
  'no public address': 'The URL’s name leads nowhere that may be reached: the customer must correct it.',
  'name not looked up': 'The name servers do not answer: look at the network’s.',
  'connection refused': 'Nothing listens there: the customer’s service is down.',
  'connection lost': 'The customer’s service breaks connections off.',
  'host not reached': 'The network does not get there: look at the network first, then at the customer.',
  'TLS failed': 'No encrypted connection comes about: the customer’s certificate is the first to look at.',
  'answer not understood': 'What answers there does not speak HTTP.',
  'no answer in time': 'The customer’s service is too slow, or hangs.',
  'not sent': 'There was no room for it here.',
};

/** Whose a failed request is, and what helps. */
export function hintFor(result: string): string {
  if (/^5\d\d/.test(result)) return 'The customer’s service fails: it is the customer’s to mend.';
  if (result.startsWith('410'))
    return 'The customer wants no more at this URL: nothing is sent there until it is changed.';
  if (result.startsWith('4'))
    return 'The customer’s service refuses the event: the customer must take it, or change the URL.';
  if (result.startsWith('redirected')) return 'Redirects are not followed: the customer must give the final URL.';
  if (result.startsWith('never sent'))
    return 'Every URL has answered 410: the customer must give another callbackUrl first.';
  return hints[result] ?? '';
}

/** What is worth a word of the parts. */
export function findingsOfHealth(health: Health): Finding[] {
  const { temporal, namespace = 'ready', workers, platform, platformError = '', journal, spared } = health;
  const found: (Finding | false)[] = [
    temporal === 'unreachable' && {
      ...{ tone: 'bad', text: 'Temporal does not answer this gateway.' },
      advice: 'Callbacks are still taken and kept on disk. Look at Temporal, and at TEMPORAL_ADDRESS.',
    },
    namespace !== 'ready' && { tone: 'bad', text: namespace, advice: 'Run “convoke setup”.' },
    temporal === 'reachable' &&
      workers === 'away' && {
        ...{ tone: 'bad', text: 'No worker does its work: conferences stand still, and no event is retried.' },
        advice: 'Start a worker, or look into its log. Nothing is lost meanwhile.',
      },
    (platform === 'silent' || platform === 'refuses') && {
      tone: 'bad',
      text: platform === 'silent' ? 'The platform does not answer.' : 'The platform refuses our credentials.',
      advice:
        platform === 'silent'
          ? `It is the platform’s to mend, unless PLATFORM_URL is wrong. ${platformError}`
          : `Correct PLATFORM_USER_ID, PLATFORM_TOKEN and PLATFORM_SECRET. ${platformError}`,
    },
    journal.state !== 'ok' && {
      ...{ tone: 'bad', text: `The journal is ${journal.state}: this gateway refuses the platform’s callbacks.` },
      advice:
        'Make room on its disk, and have Temporal and a worker run so that it empties. The platform turns to the fallback.',
    },
    journal.damaged > 0 && {
      ...{ tone: 'bad', text: `The journal was damaged on disk, at ${journal.damaged} places.` },
      advice: 'The conferences have been asked to look at the platform. Look at the disk.',
    },
    spared.length > 0 && {
      ...{ tone: 'waits', text: `${spared.length} of the customers’ hosts do not answer and are spared for a while.` },
      advice: 'They are the customers’ to mend. Their events wait.',
    },
  ];
  return found.filter((one) => one !== false);
}
