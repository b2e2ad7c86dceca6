import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath, memberPath } from '../../src/catapult/paths.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/*
 * A customer that acts from within the receipt of an event, before it has answered: what the event told is to be found, and can be changed.
 * The people come on the platform itself, so that nothing but their events tells of them.
 */

/** How many people come; 1,000 with `npm run test:all`, 10,000 with `npm run test:reactions`. */
const REACTIONS = Number(process.env['REACTIONS'] ?? 200);
const CONFERENCES = 10;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** What was not as it should have been, in words. */
const wrong: string[] = [];

/** Asks, and finds what is told. */
async function ask(method: 'GET' | 'POST', path: string, body?: object, told: object = {}): Promise<void> {
  const answer = await house.call(method, path, body);
  const text = await answer.text();
  if (answer.status !== 200)
    wrong.push(`${method} ${path} ${JSON.stringify(body)} was answered ${answer.status} ${text}`);
  else if (method === 'GET') expect(JSON.parse(text)).toMatchObject(told);
}

/** Somebody whom the platform lets in by itself; answers their member's id. */
function letIn(conferenceId: string): string {
  const { platform } = house.sandbox;
  const there = platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${conferenceId}/`));
  const settings = { joinTone: false, leavingTone: false, mute: false, hold: false };
  return platform.addMember({ conferenceId: there?.id ?? '' }, { callId: platform.callIn().id, ...settings }).member.id;
}

test(
  `a member is muted from within the receipt of its join, removed from within that, and found as gone: ${REACTIONS} of them`,
  async () => {
    const stays = new Set<unknown>();
    const gone: Record<string, number> = {};
    const react = async ({ eventType, conferenceId, memberId, state, mute }: Record<string, unknown>) => {
      if (eventType !== 'conference-member' || stays.has(memberId)) return;
      const path = memberPath(USER, String(conferenceId), String(memberId));
      if (state === 'completed') {
        await ask('GET', path, undefined, { state: 'completed' });
        gone[String(conferenceId)] = (gone[String(conferenceId)] ?? 0) + 1;
      } else if (mute === true) {
        await ask('GET', path, undefined, { state: 'active', mute: true });
        await ask('POST', path, { state: 'completed' });
      } else await ask('POST', path, { mute: true });
    };
    house.customer.answer('/members', (response, { body }) => {
      void react(body)
        .catch((error: unknown) => wrong.push(String(error)))
        .finally(() => response.writeHead(200).end());
    });
    const fields = { callbackUrl: house.customer.url('/members'), callbackTimeout: '10000' };
    const conferences = await Promise.all(Array.from({ length: CONFERENCES }, () => house.create(fields)));
    // With the last of its members a conference ends.
    for (const conferenceId of conferences) stays.add(letIn(conferenceId));
    const each = REACTIONS / CONFERENCES;
    await Promise.all(
      conferences.map(async (conferenceId) => {
        for (let come = 1; come <= each && wrong.length === 0; come += 1) {
          letIn(conferenceId);
          const isGone = () => gone[conferenceId] === come || wrong.length > 0;
          await until(`number ${come} has joined ${conferenceId}, was muted and is gone`, isGone);
        }
      }),
    );
    expect(wrong).toEqual([]);
    expect(Object.values(gone)).toEqual(conferences.map(() => each));
  },
  120_000 + REACTIONS * 250,
);

test('a service that talks to Temporal itself mutes a member from within the receipt of its join', async () => {
  const muted = new Set<string>();
  house.customer.answer('/service', (response, { body: { conferenceId, memberId, state, mute } }) => {
    const ids = { userId: USER, conferenceId: String(conferenceId), memberId: String(memberId) };
    const react = async () => {
      if (state !== 'active' || mute === true) return;
      const answer = await house.conferences.updateMember(ids, { mute: true });
      if (answer?.outcome === 'done') muted.add(ids.memberId);
      else wrong.push(`the mute was answered ${JSON.stringify(answer)}`);
    };
    void react()
      .catch((error: unknown) => wrong.push(String(error)))
      .finally(() => response.writeHead(200).end());
  });
  const fields = { callbackUrl: house.customer.url('/service'), callbackTimeout: '10000' };
  const conferences = await Promise.all(Array.from({ length: CONFERENCES }, () => house.create(fields)));
  const members = conferences.map(letIn);
  await until('each is muted', () => members.every((id) => muted.has(id)) || wrong.length > 0);
  expect(wrong).toEqual([]);
});

test('a conference is ended from within the receipt of a join, and found as ended from within that', async () => {
  const ended = new Set<string>();
  house.customer.answer('/ends', (response, { body }) => {
    const path = conferencePath(USER, String(body['conferenceId']));
    const react = async () => {
      if (body['state'] === 'active') await ask('POST', path, { state: 'completed' });
      if (body['status'] !== 'completed') return;
      await ask('GET', path, undefined, { state: 'completed', activeMembers: 0 });
      ended.add(path);
    };
    void react()
      .catch((error: unknown) => wrong.push(String(error)))
      .finally(() => response.writeHead(200).end());
  });
  const fields = { callbackUrl: house.customer.url('/ends'), callbackTimeout: '10000' };
  const conferences = await Promise.all(Array.from({ length: CONFERENCES }, () => house.create(fields)));
  for (const conferenceId of conferences) letIn(conferenceId);
  await until('each is ended', () => ended.size === CONFERENCES || wrong.length > 0);
  expect(wrong).toEqual([]);
});
