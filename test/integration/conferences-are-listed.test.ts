import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import { conferenceFilters } from '../../src/catapult/queries.ts';
import { ConferenceClient, shortDigestOf } from '../../src/client/index.ts';
import { listQuery } from '../../src/client/list-query.ts';
import type { Resources } from '../../src/catapult/resource-schemas.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

type Page = Resources['conferences'];

let house: House;
beforeAll(async () => {
  house = await openHouse({ otherAccount: 'u-other' });
});
afterAll(() => house.close());

async function list(
  query: Record<string, string> = {},
  from = house,
): Promise<Page & { status: number; link: string }> {
  const answer = await from.call('GET', `${conferencesPath(USER)}?${new URLSearchParams(query).toString()}`);
  const body = (await answer.json()) as Page;
  return { ...body, status: answer.status, link: answer.headers.get('link') ?? '' };
}

const idsOf = ({ conferences }: Page) => conferences.map(({ id }) => id).sort();

/** The index lags behind: until a list holds these, in whatever order. */
async function listed(query: Record<string, string>, ids: string[], from = house): Promise<Page> {
  let page: Page | undefined;
  await until(
    `the list for ${JSON.stringify(query)} holds ${ids.length}`,
    async () => {
      page = await list(query, from);
      return JSON.stringify(idsOf(page)) === JSON.stringify([...ids].sort());
      // Temporal allows few lists in a second.
    },
    60_000,
    250,
  );
  if (page === undefined) throw new Error('there is a page by now');
  return page;
}

describe('a list of conferences', () => {
  test('holds what fits all filters, and shows each as it is', async () => {
    const tag = `shown ${randomUUID()}`;
    const open = await house.create({ tag });
    const ended = await house.create({ tag, from: '+15551230001' });
    await house.call('POST', conferencePath(USER, ended), { state: 'completed' });
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await house.create({ tag, startAt });

    const { conferences } = await listed({ tag, size: '100' }, [open, ended, later]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown;
    const plain = { tag, activeMembers: 0, deadLetters: 0 };
    expect(conferences).toContainEqual({
      ...{ ...plain, id: open, state: 'created', phase: 'created', from: '+19195551234', startTime: time },
    });
    const scheduled = { id: later, state: 'created', phase: 'scheduled', startTime: startAt };
    expect(conferences).toContainEqual({ ...plain, ...scheduled, from: '+19195551234' });
    await listed({ tag, state: 'completed' }, [ended]);
    await listed({ tag, state: 'created' }, [open, later]);
    await listed({ tag, phase: 'scheduled' }, [later]);
    await listed({ tag, from: '+15551230001' }, [ended]);
    await listed({ tag, reason: 'ended-via-api' }, [ended]);
    await listed({ tag, deadLetters: 'true' }, []);
    await listed({ tag, deadLetters: 'false', state: 'active' }, []);
    const soon = new Date(Date.now() + 60_000).toISOString();
    await listed({ tag, startAfter: soon }, [later]);
    await listed({ tag, startBefore: soon }, [open, ended]);
    await house.call('POST', conferencePath(USER, later), { state: 'completed' });
  });

  test('holds no conference of another account, whatever is looked for', async () => {
    const tag = randomUUID();
    const other = new ConferenceClient(house.client, { accounts: new Set(['u-other']), taskQueue: house.taskQueue });
    const { conferenceId } = await other.create('u-other', { from: '+19195551234', tag });
    const own = await house.create({ tag });
    await listed({ tag }, [own]);
    for (const nasty of [
      `${tag}' OR ConferenceUser='u-other' OR 'a'='b`,
      `x') OR (ConferenceTag = '${tag}`,
      "x' OR '1'='1",
      `${tag}%`,
    ]) {
      const { status, conferences } = await list({ tag: nasty });
      expect({ status, conferences }).toEqual({ status: 200, conferences: [] });
    }
    await other.end({ userId: 'u-other', conferenceId });
  });

  test.each(["it's", '100 %', "x'y", "x''; DROP TABLE --", 'ümläut 😀 ', '/* */', '`', '$1', '\u202e'])(
    'finds a conference by its tag: %s',
    async (word) => {
      const tag = `${word}${randomUUID()}${word}`;
      await listed({ tag }, [await house.create({ tag })]);
    },
  );

  test('a conference whose workflow was terminated is found so, with the state that it had', async () => {
    const tag = randomUUID();
    const id = await house.create({ tag });
    await listed({ tag, phase: 'created' }, [id]);
    await workflowOf(house, id).terminate('a test');
    const { conferences } = await listed({ tag, phase: 'terminated' }, [id]);
    expect(conferences[0]).toMatchObject({ state: 'created', phase: 'terminated' });
    await listed({ tag, phase: 'created' }, []);
  });

  test('holds a conference once that was reset', async () => {
    const tag = randomUUID();
    const id = await house.create({ tag });
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await workflowOf(house, id).result();
    await listed({ tag, phase: 'completed' }, [id]);
    const { runId } = await workflowOf(house, id).describe();
    const { events } = await workflowOf(house, id).fetchHistory();
    const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes != null)?.eventId;
    await house.client.workflowService.resetWorkflowExecution({
      namespace: house.client.options.namespace,
      workflowExecution: { workflowId: workflowOf(house, id).workflowId, runId },
      reason: 'a test goes back',
      ...(firstTask && { workflowTaskFinishEventId: firstTask }),
      requestId: randomUUID(),
    });
    const runs = async () => {
      const found = [];
      for await (const { status } of house.client.workflow.list({ query: `ConferenceTag = '${tag}'` }))
        found.push(status.name);
      return found;
    };
    await until('the index has both runs', async () => (await runs()).length === 2);
    await listed({ tag }, [id]);
  });

  test('comes in pages that lead to each other, by token and by Link', async () => {
    const tag = randomUUID();
    const ids = await Promise.all(Array.from({ length: 5 }, () => house.create({ tag })));
    await listed({ tag }, ids);
    const found: string[] = [];
    let next = `${conferencesPath(USER)}?tag=${tag}&size=2`;
    for (let pages = 0; next !== '' && pages < 5; pages += 1) {
      const answer = await house.call('GET', next);
      const page = (await answer.json()) as Page;
      found.push(...page.conferences.map(({ id }) => id));
      const [, url = ''] = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
      expect(url === '').toBe(page.nextPageToken === undefined);
      next = url.replace(house.url, '');
    }
    // The youngest first.
    expect(found).toHaveLength(5);
    expect([...found].sort()).toEqual([...ids].sort());
  });

  test('a pageToken of another list, or a damaged one, is a 400 that says what to do', async () => {
    const tag = randomUUID();
    const ids = [await house.create({ tag }), await house.create({ tag })];
    await listed({ tag }, ids);
    const { nextPageToken: token = '' } = await list({ tag, size: '1' });
    for (const query of [
      { pageToken: token },
      { tag, pageToken: `${token}A` },
      { tag, pageToken: 'x' },
      { tag, pageToken: '' },
    ]) {
      const answer = await list(query);
      expect(answer).toMatchObject({
        status: 400,
        code: 'validation-error',
        message: expect.stringMatching(/anew/) as unknown,
      });
    }
    expect(idsOf(await list({ tag, size: '1', pageToken: token }))).toHaveLength(1);
  });

  test.each([
    ['state', 'open'],
    ['phase', 'active,created'],
    ['from', '5551234'],
    ['reason', 'bored'],
    ['deadLetters', '3'],
    ['startAfter', 'yesterday'],
    ['size', '0'],
    ['tag', 'a "tag"'],
  ])('%s=%s is a 400 that says what is wanted', async (name, value) => {
    const answer = await list({ [name]: value });
    expect(answer).toMatchObject({
      status: 400,
      code: 'validation-error',
      details: [{ name, value: JSON.stringify(value) }],
    });
  });
});

test('a conference that went on in other runs is listed once, with the time when it was asked for', async () => {
  const impatient = await openImpatientHouse(50);
  try {
    const tag = randomUUID();
    const before = Date.now();
    const id = await impatient.create({ tag });
    const created = Date.now();
    const runs = async () => {
      const found = [];
      for await (const { runId } of impatient.client.workflow.list({ query: `ConferenceTag = '${tag}'` }))
        found.push(runId);
      return found.length;
    };
    await until('there are three runs', async () => {
      await sendEvents(
        impatient,
        id,
        Array.from({ length: 10 }, (_, n) => ({ eventType: 'dtmf', memberId: 'm', digits: String(n) })),
      );
      return (await runs()) >= 3;
    });
    const { conferences } = await listed({ tag }, [id], impatient);
    const begun = Date.parse(conferences[0]?.startTime ?? '');
    expect(begun).toBeGreaterThanOrEqual(before);
    expect(begun).toBeLessThanOrEqual(created);
  } finally {
    await impatient.close();
  }
});

test.each(['', 'AAAA', Buffer.from('{"CloseTime":1}').toString('base64url'), 'x'.repeat(600)])(
  'a pageToken that nobody was given is refused, though its check digits are right (%#)',
  async (place) => {
    const query = listQuery({ userId: USER, filters: conferenceFilters.parse({}) }, house.taskQueue);
    const pageToken = `${shortDigestOf({ query, place })}.${place}`;
    const answer = await house.call('GET', `${conferencesPath(USER)}?${new URLSearchParams({ pageToken }).toString()}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { details: [{ name: 'pageToken' }] }]);
  },
);
