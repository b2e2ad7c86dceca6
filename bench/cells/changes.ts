import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import { Failure } from '../../src/failure.ts';
import { rounded, spreadOf } from '../figures.ts';
import { isSuccess, send } from '../http.ts';
import type { Found } from '../results.ts';
import type { Lifecycle } from '../town/lifecycle.ts';
import type { Step } from '../town/story.ts';
import { ACCOUNT } from '../town/town.ts';
import { atOnce } from './at-once.ts';
import { countsOf, type Stage } from './stage.ts';

const CONFERENCES = 100;
const MANY_AT_ONCE = 20;
const ANSWER_WITHIN_MS = 30_000;
const STORY: readonly Step[] = [{ kind: 'created' }, { kind: 'completed' }];

/** Changes over the API, each answered once the platform has done it: putting on hold, and ending; one after the other, and many at once. */
export async function changes(stage: Stage): Promise<Found> {
  const { town, running } = stage;
  town.clear();
  const figures: Record<string, number> = {};
  for (const count of [1, MANY_AT_ONCE]) {
    const conferences: Lifecycle[] = [];
    await atOnce(MANY_AT_ONCE, Array.from({ length: CONFERENCES }), async () => {
      conferences.push(await town.createAndBegin(running.baseUrl, STORY));
    });
    const post = (fields: object) => (lifecycle: Lifecycle) => change(running.baseUrl, lifecycle, fields);
    Object.assign(figures, await timed(`hold, ${count} at once`, count, conferences, post({ hold: true })));
    Object.assign(figures, await timed(`end, ${count} at once`, count, conferences, post({ state: 'completed' })));
    await Promise.all(conferences.map((lifecycle) => town.untilReceived(lifecycle)));
  }
  return { counts: countsOf(stage), figures };
}

async function timed(
  what: string,
  count: number,
  conferences: readonly Lifecycle[],
  work: (lifecycle: Lifecycle) => Promise<void>,
): Promise<Record<string, number>> {
  const begun = performance.now();
  const took: number[] = [];
  await atOnce(count, conferences, async (lifecycle) => {
    const from = performance.now();
    await work(lifecycle);
    took.push(performance.now() - from);
  });
  const { p50, p95, p99 } = spreadOf(took);
  return {
    [`${what}: p50 ms`]: p50 ?? NaN,
    [`${what}: p95 ms`]: p95 ?? NaN,
    [`${what}: p99 ms`]: p99 ?? NaN,
    [`${what}: per s`]: rounded((took.length * 1_000) / (performance.now() - begun)),
  };
}

async function change(baseUrl: string, { conferenceId = '' }: Lifecycle, fields: object): Promise<void> {
  const url = new URL(conferencePath(ACCOUNT.userId, conferenceId), baseUrl);
  const headers = { authorization: basicAuth(ACCOUNT) };
  const { status, text } = await send('POST', url, fields, { headers, timeoutMs: ANSWER_WITHIN_MS });
  if (!isSuccess(status)) throw new Failure(`A change was answered ${status}: ${text}`);
}
