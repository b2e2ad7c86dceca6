import type { Client } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { markdownLine } from '../catapult/outside-text.ts';
import { present } from '../catapult/present.ts';
import type { IndexedTexts } from '../conference/state/indexed.ts';
import { searchableTag, searchAttributes, SHOWN_MEMO, type ShownTexts } from '../workflows/messages.ts';
import { sealOf } from './sealing.ts';

/*
 * What of a conference's texts stands in Temporal's index. Where payloads are sealed these are digests, by which the same text is found, and the
 * texts themselves stand in the memo, sealed.
 */

/** The texts of a conference's request that lists show, and can be filtered by. */
type Texts = Pick<ShownTexts, 'from' | 'tag'>;

/** What a workflow is told of it, and keeps up to date; undefined where the texts stand there as they are. */
export function indexedTexts(client: Client, userId: string, { tag }: Partial<Texts>): IndexedTexts | undefined {
  if (sealOf(client) === undefined) return undefined;
  return present({ tag: tag === undefined ? undefined : indexed(client, userId, 'tag', searchableTag(tag)) });
}

export function textAttributes(client: Client, userId: string, { from, tag }: Texts): SearchAttributePair[] {
  return [
    { key: searchAttributes.user, value: userId },
    { key: searchAttributes.from, value: indexed(client, userId, 'from', from) },
    ...(tag === undefined
      ? []
      : [{ key: searchAttributes.tag, value: indexed(client, userId, 'tag', searchableTag(tag)) }]),
  ];
}

/** The memo that lists read the texts from; nothing where the index has them. */
export function shownMemo(client: Client, { from, tag }: Texts): Record<string, ShownTexts> {
  return sealOf(client) === undefined ? {} : { [SHOWN_MEMO]: present({ from, tag }) };
}

/** All that may stand in the index for a text: with each of the keys, and without one. */
export function indexedValues(client: Client, userId: string, field: keyof Texts, text: string): string[] {
  return [...(sealOf(client)?.digestsOf(userId, field, text) ?? []), text];
}

/** How the Temporal UI calls it. */
export function summaryOf({ from, tag }: Texts): string {
  return `conference from ${from}${tag === undefined ? '' : `, ${markdownLine(tag)}`}`;
}

function indexed(client: Client, userId: string, field: keyof Texts, text: string): string {
  return sealOf(client)?.digestsOf(userId, field, text)[0] ?? text;
}
