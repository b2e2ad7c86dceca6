import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { House } from '../house.ts';
import { USER } from '../house.ts';
import { until } from '../until.ts';
import type { OtherTeam } from './other-team.ts';
import type { Operation, Outcome } from './workflows.ts';

/** What a create takes, each time under another name. */
export const fields = (more: object = {}) => ({ requestId: randomUUID(), from: '+19195551234', ...more });

/** The answer of an operation. @throws when it has failed. */
export async function answer(team: OtherTeam, operation: Operation, input: unknown): Promise<Record<string, unknown>> {
  return answerIn(await team.call(operation, input));
}

export function answerIn(outcome: Outcome): Record<string, unknown> {
  if (!('answer' in outcome)) throw new Error(`it was answered ${JSON.stringify(outcome)}`);
  return outcome.answer as Record<string, unknown>;
}

export async function created(team: OtherTeam, input: object = fields()): Promise<string> {
  return String((await answer(team, 'create', input))['conferenceId']);
}

/** Somebody is dialled, answers and so becomes a member. */
export async function joins(team: OtherTeam, conferenceId: string, to: string): Promise<void> {
  await answer(team, 'dial', fields({ to, conferenceId }));
}

/** Resolves when so many wait for the conference. */
export async function isWatched(house: House, conferenceId: string, by = 1, withinMs?: number): Promise<void> {
  const watchers = async () => (await house.conferences.view({ userId: USER, conferenceId }))?.watchers ?? 0;
  await until(`${by} wait for it`, async () => (await watchers()) === by, withinMs);
}

/** What an operation has failed with. */
export const refusal = (code: string, message: RegExp): unknown => ({
  error: expect.objectContaining({ code, message: expect.stringMatching(message) }),
});
