import { Refused, type Tools } from './as-client.ts';
import type { Explanation, WhatIf } from './catapult/explaining-resources.ts';
import { ALL_ACCOUNTS } from './catapult/paths.ts';
import type { OtherSettingFields } from './catapult/queries.ts';
import type { ConferenceIds } from './client/index.ts';
import { counted } from './conferences.ts';

/** `convoke explain`: each run of the conference explained, by its history. */
export async function explain(
  { conferences, printer }: Tools,
  conferenceId: string,
  userId: string | undefined,
): Promise<void> {
  const ids = await idsOf(conferences, conferenceId, userId);
  let pageToken: string | undefined;
  let run = 1;
  do {
    const page = await conferences.watching.explanationPage(ids, pageToken);
    printer.tell(
      { ...ids, ...page },
      [`${ids.conferenceId} of ${ids.userId}, run ${run}`, ...linesOf(page)].join('\n'),
    );
    pageToken = page.nextPageToken;
    run += 1;
  } while (pageToken !== undefined);
}

/** `convoke what-if`: what had become of a conference with other settings. */
export async function whatIf(
  { conferences, printer }: Tools,
  conferenceId: string,
  { userId, settings }: { userId: string | undefined; settings: OtherSettingFields },
): Promise<void> {
  const ids = await idsOf(conferences, conferenceId, userId);
  const told = await conferences.watching.whatIf(ids, settings);
  printer.tell(told, whatIfLines(told).join('\n'));
}

/** The index does not know yet what has begun a moment ago. @throws Refused if there is no such conference, or it is not there yet. */
async function idsOf(
  conferences: Tools['conferences'],
  conferenceId: string,
  userId: string | undefined,
): Promise<ConferenceIds> {
  if (userId !== undefined) return { userId, conferenceId };
  for await (const one of conferences.list(ALL_ACCOUNTS, { id: conferenceId }))
    if (one.userId !== undefined) return { userId: one.userId, conferenceId };
  throw new Refused(
    `No account has a conference ${conferenceId}. Of one that has just begun name the account: --user.`,
  );
}

function linesOf({ promises, conferences, events, timers, decisions }: Explanation): string[] {
  return [
    ...promises.map(({ promise, state, says }) => `  ${state.padEnd(6)}  ${promise.padEnd(14)}  ${says}`),
    ...titled('On the platform', conferences, ({ platformId, is, time, completedTime }) => {
      return `${platformId}  ${is}  since ${time}${completedTime === undefined ? '' : `, completed ${completedTime}`}`;
    }),
    ...titled('Events', events, eventLine),
    ...titled('Timers', timers, ({ timer, dueTime, lateSeconds }) => `${dueTime}  ${timer}, ${lateSeconds} s late`),
    ...titled('Decisions', decisions, ({ time, took, decided }) =>
      [`${time}  ${took}`, ...decided.map((one) => `      ${one}`)].join('\n'),
    ),
  ];
}

function titled<Item>(title: string, items: readonly Item[], line: (item: Item) => string): string[] {
  return items.length === 0 ? [] : ['', title, ...items.map((item) => `  ${line(item)}`)];
}

function eventLine({ sequence, event, source, state, requests, deliveredTime, result }: Explanation['events'][number]) {
  const origin = source === 'platform' ? '' : ` (${source})`;
  const when = deliveredTime === undefined ? '' : ` ${deliveredTime}`;
  const last = result === undefined ? '' : `: ${counted(requests, 'request')}, ${result}`;
  return `#${sequence}  ${event}${origin}  ${state}${when}${last}`;
}

function whatIfLines({ was, would, partedTime, onlyWas, onlyWould, assumed }: WhatIf): string[] {
  const course = ({ phase, reason, endTime }: WhatIf['was']) =>
    `${phase}${reason === undefined ? '' : ` (${reason})`}${endTime === undefined ? '' : ` at ${endTime}`}`;
  const happening = ({ time, says }: WhatIf['onlyWas'][number]) => `${time}  ${says}`;
  return [
    `as it was:        ${course(was)}`,
    `as it would be:   ${course(would)}`,
    partedTime === undefined ? 'It makes no difference.' : `the two part at:  ${partedTime}`,
    ...titled('Only as it was', onlyWas, happening),
    ...titled('Only as it would be', onlyWould, happening),
    ...titled('Assumed', assumed, (one) => one),
  ];
}
