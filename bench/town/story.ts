import { z } from 'zod';

/* What happens in a conference, as the platform tells it: one step for each callback. */

export type Step =
  { kind: 'created' | 'completed' } | { kind: 'joined' | 'left'; member: number; activeMembers: number };

/** As many as are in a conference at a time. */
const MEMBERS = 5;

/** The lifecycle that is measured: created, 5 joins, 5 leaves, completed. */
export const LIFECYCLE = longStory(2 + 2 * MEMBERS);

/** So many steps: members come and go, five at a time, until the end. */
export function longStory(steps: number): Step[] {
  const story: Step[] = [{ kind: 'created' }];
  for (let first = 0; story.length < steps - 1; first += MEMBERS) {
    for (let one = 0; one < MEMBERS; one++) story.push({ kind: 'joined', member: first + one, activeMembers: one + 1 });
    for (let one = 0; one < MEMBERS; one++)
      story.push({ kind: 'left', member: first + one, activeMembers: MEMBERS - 1 - one });
  }
  return [...story.slice(0, steps - 1), { kind: 'completed' }];
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

/** The callback's body. */
export function callbackBody(step: Step, { url, id, tag }: Told): Record<string, unknown> {
  const time = instant();
  const common = { conferenceId: id, ...(tag === undefined ? {} : { tag }) };
  if (!('member' in step)) {
    const ended = step.kind === 'completed' ? { completedTime: time } : {};
    const about = { conferenceUri: url, status: step.kind, createdTime: time };
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
