import { z } from 'zod';

/* What happens in a conference, as the platform tells it: one step for each callback. */

export type Step =
  { kind: 'created' | 'completed' } | { kind: 'joined' | 'left'; member: number; activeMembers: number };

/** The lifecycle that is measured: created, 5 joins, 5 leaves, completed. */
export const LIFECYCLE: readonly Step[] = [
  { kind: 'created' },
  ...[0, 1, 2, 3, 4].map((member) => ({ kind: 'joined', member, activeMembers: member + 1 }) as const),
  ...[0, 1, 2, 3, 4].map((member) => ({ kind: 'left', member, activeMembers: 4 - member }) as const),
  { kind: 'completed' },
];

/** So many joins and leaves (an even number) between `created` and `completed`: one member stays, the others come and go, four at a time. */
export function longStory(events: number): Step[] {
  const story: Step[] = [{ kind: 'created' }, { kind: 'joined', member: 0, activeMembers: 1 }];
  const pairs = (events - 2) / 2;
  for (let first = 1; first <= pairs; first += 4) {
    const those = [0, 1, 2, 3].map((one) => first + one).filter((member) => member <= pairs);
    for (const [index, member] of those.entries()) story.push({ kind: 'joined', member, activeMembers: index + 2 });
    for (const [index, member] of those.entries())
      story.push({ kind: 'left', member, activeMembers: those.length - index });
  }
  return [...story, { kind: 'left', member: 0, activeMembers: 0 }, { kind: 'completed' }];
}

/** The conference that a story is told of, as the platform knows it. */
export interface Told {
  url: string;
  id: string;
  tag?: string | undefined;
}

/** The wire's instants are whole seconds. */
export function instant(time = Date.now()): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export function memberIds(conferenceId: string, member: number): { callId: string; memberId: string } {
  return { callId: `call-${conferenceId}-${member}`, memberId: `member-${conferenceId}-${member}` };
}

/** The callback's body, of a step at this time in a conference that was created at that. */
export function callbackBody(step: Step, { url, id, tag }: Told, time: string, createdTime: string): object {
  const common = { conferenceId: id, ...(tag === undefined ? {} : { tag }) };
  if (!('member' in step)) {
    const ended = step.kind === 'completed' ? { completedTime: time } : {};
    const about = { conferenceUri: url, status: step.kind, createdTime };
    return { eventType: 'conference', ...common, ...about, ...ended };
  }
  const { memberId, callId } = memberIds(id, step.member);
  return {
    eventType: 'conference-member',
    ...common,
    activeMembers: step.activeMembers,
    callId,
    memberId,
    memberUri: `${url}/members/${memberId}`,
    state: step.kind === 'joined' ? 'active' : 'completed',
    hold: false,
    mute: false,
    time,
  };
}

/** An event as the customer gets it, as far as it must be known again. */
export const event = z.looseObject({
  eventType: z.string(),
  conferenceId: z.string().optional(),
  status: z.string().optional(),
  state: z.string().optional(),
  callId: z.string().optional(),
});
export type Event = z.output<typeof event>;

/** What tells a step from all others of its story. */
export function stepName(step: Step): string {
  return 'member' in step ? `${step.kind} ${step.member}` : step.kind;
}

/** The name of the step that an event tells of. */
export function nameOfEvent({ eventType, status, state, callId }: Event): string {
  if (eventType === 'conference') return status ?? '';
  return `${state === 'active' ? 'joined' : 'left'} ${callId?.split('-').pop() ?? ''}`;
}
