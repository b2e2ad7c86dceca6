import { expect, test } from '@jest/globals';
import { resources } from '../../src/catapult/resource-schemas.ts';
import { unknownFields } from '../../src/catapult/unknown-fields.ts';
import { initialState } from '../../src/conference/state/state.ts';
import { viewOf } from '../../src/conference/view.ts';
import { everyCreateField } from '../support/every-field.ts';

/** What goes out is JSON: what is undefined is not there. */
function conferenceOf(...settings: Parameters<typeof initialState>): unknown {
  const { conference } = viewOf(initialState(...settings), 'conf-1');
  return JSON.parse(JSON.stringify(conference));
}

test('GET shows nothing of a conference that its schema does not name, whatever it was asked for with', () => {
  // A time zone is gone once the local time beside it has been read.
  const { timeZone: _read, ...carried } = everyCreateField;
  const shown = conferenceOf(carried, Date.parse('2026-01-01T00:00:00Z'));
  expect(unknownFields(resources.conference, shown).map(({ place }) => place)).toEqual([]);
  expect(resources.conference.safeParse(shown).error?.issues ?? []).toEqual([]);
});
