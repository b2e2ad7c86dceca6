import type { DeadLetterResource } from '../../catapult/resource-schemas.ts';

/** Dead letters of one account that were given up for the same reason. */
export interface Group {
  userId: string;
  error: string;
  letters: DeadLetterResource[];
}

/** What the last request with an event came to. */
export function lastError({ event: { attempts } }: DeadLetterResource): string {
  return attempts.at(-1)?.result ?? 'never sent: there was no URL left';
}

/** By account and error, the largest group first. */
export function grouped(letters: readonly DeadLetterResource[]): Group[] {
  const groups = new Map<string, Group>();
  for (const letter of letters) {
    const error = lastError(letter);
    const key = JSON.stringify([letter.userId, error]);
    const group = groups.get(key) ?? { userId: letter.userId, error, letters: [] };
    group.letters.push(letter);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.letters.length - a.letters.length);
}
