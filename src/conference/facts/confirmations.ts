import type { CallbackEvent } from '../../catapult/events.ts';
import type { Change, Sign } from '../state/changes.ts';

/*
 * Dialling, adding a member and playing go to the platform at most once. When the answer is lost, the event that each of
 * them causes tells that it was done.
 */

/** The sign of a change; undefined for one that may be sent again. */
export function signOf(change: Change, dialId: string): Sign | undefined {
  switch (change.kind) {
    case 'dial':
      return { of: 'call', dialId };
    case 'add-member':
      return { of: 'member', callId: change.member.callId };
    case 'audio': {
      const { memberId, audio } = change;
      return {
        of: 'audio',
        eventType: audio.fileUrl === undefined || audio.sentence ? 'conference-speak' : 'conference-playback',
        status: audio.fileUrl || audio.sentence ? 'started' : 'done',
        ...(memberId === undefined ? {} : { memberId }),
        ...(audio.tag === undefined ? {} : { tag: audio.tag }),
      };
    }
    case 'conference':
    case 'member':
      return undefined;
  }
}

/** What an event shows to have been made, with the id that it names; `undefined` if it is not the sign. */
export function shownBy(sign: Sign, event: CallbackEvent, dialId: string | undefined): { id?: string } | undefined {
  switch (sign.of) {
    case 'call':
      return dialId === sign.dialId && event.callId !== undefined ? { id: event.callId } : undefined;
    case 'member': {
      // One that has left again was there: the event of its joining may come later, or never.
      const wasThere = event.eventType === 'conference-member';
      return wasThere && event.callId === sign.callId && event.memberId !== undefined
        ? { id: event.memberId }
        : undefined;
    }
    case 'audio': {
      const says = (expected: string | undefined, given: unknown) =>
        expected === undefined || (given ?? expected) === expected;
      const same = event.eventType === sign.eventType && event.status === sign.status;
      const toAll = sign.memberId !== undefined || event.memberId === undefined;
      return same && toAll && says(sign.memberId, event.memberId) && says(sign.tag, event.tag) ? {} : undefined;
    }
  }
}
