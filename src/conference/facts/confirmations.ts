import type { CallbackEvent } from '../../catapult/events.ts';
import type { Change, Confirmation } from '../state/changes.ts';

/*
 * Dialling, adding a member and playing go to the platform at most once. When the answer is lost, the event that each of
 * them causes tells that it was done.
 */

/** The confirmation of a change; undefined for one that may be sent again. */
export function confirmationOf(change: Change, dialId: string): Confirmation | undefined {
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

/** What an event shows to have been made, with the id that it names; `undefined` if it is not the confirmation. */
export function confirmedBy(
  confirmation: Confirmation,
  event: CallbackEvent,
  dialId: string | undefined,
): { id?: string } | undefined {
  switch (confirmation.of) {
    case 'call':
      return dialId === confirmation.dialId && event.callId !== undefined ? { id: event.callId } : undefined;
    case 'member': {
      // One that has left again was there: the event of its joining may come later, or never.
      const wasThere = event.eventType === 'conference-member';
      return wasThere && event.callId === confirmation.callId && event.memberId !== undefined
        ? { id: event.memberId }
        : undefined;
    }
    case 'audio': {
      const says = (expected: string | undefined, given: unknown) =>
        expected === undefined || (given ?? expected) === expected;
      const same = event.eventType === confirmation.eventType && event.status === confirmation.status;
      const toAll = confirmation.memberId !== undefined || event.memberId === undefined;
      return same && toAll && says(confirmation.memberId, event.memberId) && says(confirmation.tag, event.tag)
        ? {}
        : undefined;
    }
  }
}
