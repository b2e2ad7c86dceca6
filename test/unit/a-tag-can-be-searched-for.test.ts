import { expect, test } from '@jest/globals';
import { searchableTag } from '../../src/workflows/messages.ts';

test.each([
  ['weekly', 'weekly'],
  ['x'.repeat(300), 'x'.repeat(255)],
  ['Grüße 🎉', 'Grüße 🎉'],
  ['a\0b', 'a\ufffdb'],
  ['half \ud83c of a pair', 'half \ufffd of a pair'],
  ['🎉'.repeat(300), '🎉'.repeat(255)],
])('%j is searched for as %j', (tag, searchable) => {
  expect(searchableTag(tag)).toBe(searchable);
});
