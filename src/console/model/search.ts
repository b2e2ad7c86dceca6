import type { ListedConference } from '../../catapult/resource-schemas.ts';

/** The fields by which the API finds conferences, as they stand in its query. */
export type Filters = Record<string, string>;

/** The views that everybody has, in the order in which they are shown; those with a count name it. */
export const views = [
  { name: 'all', title: 'All', filters: {}, count: undefined },
  { name: 'active', title: 'Active', filters: { phase: 'active' }, count: 'active' },
  { name: 'scheduled', title: 'Scheduled', filters: { phase: 'scheduled' }, count: 'scheduled' },
  { name: 'failing', title: 'Failing deliveries', filters: { failing: 'true' }, count: 'failing' },
  { name: 'dead', title: 'Dead letters', filters: { deadLetters: 'true' }, count: 'deadLetters' },
  { name: 'ending', title: 'Ending', filters: { phase: 'ending' }, count: 'ending' },
] as const satisfies readonly { name: string; title: string; filters: Filters; count: string | undefined }[];

export type View = (typeof views)[number];

export function viewNamed(name: string): View {
  return views.find((view) => view.name === name) ?? views[0];
}

/**
 * What a text that somebody looks for may be: an id, a schedule's id, a number, or a call's id or a tag, which look alike. Each list that is answered
 * holds what fits.
 */
export function searchesFor(text: string): Filters[] {
  const wanted = text.trim();
  if (wanted === '') return [{}];
  if (wanted.startsWith('conf-')) return [{ id: wanted }];
  if (/^sched-[a-z2-7]{26}$/.test(wanted)) return [{ scheduleId: wanted }];
  if (/^\+\d+$/.test(wanted)) return [{ from: wanted }];
  const isTag = !/["\\]|^'|'$/.test(wanted);
  const isCall = /^[!#-&(-[\]-~]{1,100}$/.test(wanted);
  return [...(isCall ? [{ callId: wanted }] : []), ...(isTag ? [{ tag: wanted }] : [])];
}

/** The lists that were answered as one, each conference once. */
export function merged(lists: readonly (readonly ListedConference[])[]): ListedConference[] {
  const all = new Map(lists.flat().map((one) => [`${one.userId ?? ''}/${one.id}`, one]));
  return [...all.values()];
}
