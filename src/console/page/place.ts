import { computed, signal } from '@preact/signals';

/* Where the reader is: all of it stands in the address, so that it can be sent to somebody. */

const search = signal(location.search);
addEventListener('popstate', () => (search.value = location.search));

/** What the address says. */
export const place = computed(() => new URLSearchParams(search.value));

export type Place = Record<string, string>;

/** The address of a place, for a link. */
export function addressOf(to: Place): string {
  const given = Object.entries(to).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return query === '' ? location.pathname : `?${query}`;
}

/** Goes to a place; `replace` where going back must not lead to the one before. */
export function goTo(to: Place, how: 'push' | 'replace' = 'push'): void {
  const address = addressOf(to);
  if (how === 'push') history.pushState(undefined, '', address);
  else history.replaceState(undefined, '', address);
  search.value = location.search;
}

/** The same place with something else. */
export function placeWith(changes: Place): Place {
  return { ...Object.fromEntries(place.value), ...changes };
}

/** Follows links within the console without loading it anew. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const href = link?.getAttribute('href');
  if (!href?.startsWith('?') && href !== location.pathname) return;
  event.preventDefault();
  history.pushState(undefined, '', href);
  search.value = location.search;
}
