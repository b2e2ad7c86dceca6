import { describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { CatapultError } from '../../src/catapult/errors.ts';
import { ConferenceClient } from '../../src/client/index.ts';

/* A service in JavaScript may give anything: it is told what is wrong, by name, and Temporal is not asked. */

const service = new ConferenceClient({} as unknown as Client, { accounts: new Set(['u-1']) });
const IDS = { userId: 'u-1', conferenceId: `conf-${'a'.repeat(26)}` };
/** What TypeScript would not let through. */
const given = (value: unknown) => value as never;

const wrong: [string, string, () => Promise<unknown>][] = [
  ['waitFor', 'phase', () => service.waitFor(IDS, given('activ'))],
  ['waitFor', 'phase', () => service.waitFor(IDS, given('terminated'))],
  ['waitFor', 'phase', () => service.waitFor(IDS, given(undefined))],
  ...['5', -1, 1.5, NaN, null].flatMap((after): [string, string, () => Promise<unknown>][] => [
    ['events', 'after', () => service.events(IDS, { after: given(after) }).next()],
    ['eventsPage', 'after', () => service.eventsPage(IDS, { after: given(after) })],
  ]),
  ...[0, 101, '5'].flatMap((size): [string, string, () => Promise<unknown>][] => [
    ['eventsPage', 'size', () => service.eventsPage(IDS, { size: given(size) })],
    ['page', 'size', () => service.page('u-1', {}, { size: given(size) })],
  ]),
  ['redeliverDead', 'from', () => service.redeliverDead('u-1', { from: given('2026-01-01'), to: 5 })],
  ['redeliverDead', 'from', () => service.redeliverDead('u-1', { from: NaN, to: 5 })],
  ['redeliverDead', 'to', () => service.redeliverDead('u-1', { from: 5, to: given(new Date()) })],
  ['redeliverDead', 'to', () => service.redeliverDead('u-1', { from: 5, to: 4 })],
  ['get', 'timeoutMs', () => service.get(IDS, { timeoutMs: given('5') })],
];

describe.each(wrong)('%s', (_method, name, call) => {
  test(`names ${name} as what is wrong`, async () => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    if (!(error instanceof CatapultError)) throw new Error(`was answered ${String(error)}`);
    expect([error.code, error.status, error.details[0]?.name]).toEqual(['validation-error', 400, name]);
    expect(error.message).toMatch(new RegExp(`^${name}: got .*, wants .`));
  });
});
