/*
 * `npm run benchmark [creates]`: how fast a Convoke that runs answers, and what a conference costs Temporal. It measures
 * what `npm start` runs; with the settings of the README (PORT, PLATFORM_URL, TEMPORAL_ADDRESS, …) and GATEWAY_URL,
 * another one whose platform is a sandbox. It leaves nothing open, but its conferences stay in the history for 30 days.
 */
import { connectToTemporal } from '../src/client/index.ts';
import { conferenceWorkflowId } from '../src/workflows/messages.ts';
import {
  change,
  conferencesAskedFor,
  config,
  create,
  end,
  measure,
  percentile,
  post,
  sandbox,
  userId,
  type Measured,
} from './benchmark/measured.ts';

const AT_ONCE = 20;
const CALLBACKS = 10;
const CHANGES = 10;
/** Connections and just-in-time compilers settle first; these are not counted. */
const WARM_UP = 20;

const creates = conferencesAskedFor(200);
const { client, close } = connectToTemporal(config.temporal.connectionOptions, config.temporal.namespace);

const callbackUrl = `${sandbox}/sandbox/inbox/benchmark`;
const createOne = () => create({ callbackUrl });
const hold = (conferenceId: string) => change(conferenceId, { hold: true });

function row(...cells: (string | number)[]): void {
  const [first = '', ...others] = cells.map(String);
  process.stdout.write(`${first.padEnd(40)}${others.map((cell) => cell.padStart(14)).join('')}\n`);
}

function report(what: string, { milliseconds, perSecond }: Measured<unknown>): void {
  const shares = [0.5, 0.95, 0.99].map((share) => `${percentile(milliseconds, share).toFixed(1)} ms`);
  row(what, ...shares, perSecond.toFixed(1));
}

/** What the platform would send, over the URL that it was given. */
type Callbacks = (() => Promise<unknown>)[];

/** So many callbacks for each of these conferences, those of different ones taking turns. */
async function callbacksFor(conferenceIds: readonly string[], each: number): Promise<Callbacks> {
  const known = (await (await fetch(`${sandbox}/sandbox/conferences`)).json()) as { id: string; callbackUrl: string }[];
  const places = conferenceIds.map((conferenceId) => {
    const found = known.find(({ callbackUrl }) => callbackUrl.includes(`/${conferenceId}/`));
    if (found === undefined) throw new Error(`${sandbox} does not have ${conferenceId}: is it the platform?`);
    return found;
  });
  return Array.from({ length: each }).flatMap((_, index) =>
    places.map(({ id, callbackUrl }) => {
      const status = index % 2 === 0 ? 'started' : 'done';
      const time = new Date().toISOString();
      return () => post(callbackUrl, { eventType: 'conference-playback', conferenceId: id, status, time });
    }),
  );
}

/** A conference with which something is done before it ends. */
async function conferenceWith(something: (callbacks: Callbacks, conferenceId: string) => Promise<unknown>) {
  const conferenceId = await createOne();
  const callbacks = await callbacksFor([conferenceId], CALLBACKS);
  await something(callbacks, conferenceId);
  await end(conferenceId);
  const handle = client.workflow.getHandle(conferenceWorkflowId({ userId, conferenceId }));
  await handle.result();
  const { historyLength, raw } = await handle.describe();
  return [historyLength, String(raw.workflowExecutionInfo?.stateTransitionCount)] as const;
}

try {
  await measure((await measure(Array(WARM_UP).fill(0), AT_ONCE, createOne)).results, AT_ONCE, end);
  const many = Array.from({ length: creates });

  row(`${creates} conferences`, 'p50', 'p95', 'p99', 'per second');
  const alone = await measure(many, 1, createOne);
  report('create, one after the other', alone);
  report('change (hold), one after the other', await measure(alone.results, 1, hold));
  report('end, one after the other', await measure(alone.results, 1, end));
  const together = await measure(many, AT_ONCE, createOne);
  report(`create, ${AT_ONCE} at once`, together);
  report(`change (hold), ${AT_ONCE} at once`, await measure(together.results, AT_ONCE, hold));
  const callbacks = await callbacksFor(together.results, CALLBACKS);
  report(`callback taken, ${AT_ONCE} at once`, await measure(callbacks, AT_ONCE, (send) => send()));
  report(`end, ${AT_ONCE} at once`, await measure(together.results, AT_ONCE, end));

  process.stdout.write('\n');
  row('One conference, created and ended, with', 'history events', 'transitions');
  row('no callbacks but its own two', ...(await conferenceWith(async () => undefined)));
  const inTurn = await conferenceWith(async (callbacks) => {
    for (const send of callbacks) await send();
  });
  row(`${CALLBACKS} callbacks, one after the other`, ...inTurn);
  row(`${CALLBACKS} callbacks at once`, ...(await conferenceWith((all) => Promise.all(all.map((send) => send())))));
  const changed = await conferenceWith(async (_callbacks, conferenceId) => {
    for (let change = 0; change < CHANGES; change++) await hold(conferenceId);
  });
  row(`${CHANGES} changes, one after the other`, ...changed);
} finally {
  await close();
}
