import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConferenceClient, connectToTemporal, type ScheduleIds } from '../../src/client/index.ts';
import { zoneAheadBy } from '../../src/client/schedules/zone-data.ts';
import { otherCli } from '../support/impatient.ts';
import { USER } from '../support/house.ts';
import { dataDirectory } from '../support/processes.ts';
import { from } from '../support/schedules.ts';
import { startOwnTemporal } from '../support/temporal-server.ts';

/*
 * The rules of time zones are data, which Temporal's server and Node.js have each for themselves. Here Berlin gives up its summer time: the
 * server hears of it, the gateway's Node.js does not.
 */

const data = dataDirectory();
const zones = join(data.path, 'zones');
beforeAll(() => {
  mkdirSync(join(zones, 'Europe'), { recursive: true });
  // An hour ahead of UTC all year.
  writeFileSync(join(zones, 'Europe', 'Berlin'), zoneAheadBy('Africa/Lagos', 0));
});
afterAll(() => data.remove());

/** With the schedules of a server whose data stays, and whose rules are the usual ones or those. */
async function onServer<Value>(
  rules: 'usual' | 'new',
  work: (client: ConferenceClient['schedules']) => Promise<Value>,
) {
  const own = rules === 'new' ? await otherCli(data.path, (path) => `ZONEINFO="${zones}" exec "${path}" "$@"`) : {};
  const { server, address } = await startOwnTemporal(data.path, own);
  const { client, close } = connectToTemporal({ address }, 'default');
  try {
    return await work(new ConferenceClient(client, { accounts: { has: () => true } }).schedules);
  } finally {
    await close();
    await server.stop();
  }
}

const inSummer = { cron: '0 9 1 7 *', timeZone: 'Europe/Berlin' };
const SUMMER_TIME = expect.stringMatching(/-07-01T07:00:00Z$/) as unknown;
const NO_SUMMER_TIME = expect.stringMatching(/-07-01T08:00:00Z$/) as unknown;

test('a schedule goes by the rules of the server; one with reminders by those that the gateway had at its last change', async () => {
  const made = await onServer('usual', async (schedules) => {
    const plain = await schedules.create(USER, { ...inSummer, conference: { from } });
    const reminding = await schedules.create(USER, { ...inSummer, conference: { from, reminders: [{ before: 60 }] } });
    return { plain, reminding };
  });
  await onServer('new', async (schedules) => {
    const nextOf = async (ids: ScheduleIds) => (await schedules.get(ids)).nextRuns[0];
    expect(await nextOf(made.plain)).toEqual(NO_SUMMER_TIME);
    expect(await nextOf(made.reminding)).toEqual(SUMMER_TIME);
    await schedules.change(made.reminding, { cron: '0 9 1 7 * *' });
    expect(await nextOf(made.reminding)).toEqual(SUMMER_TIME);
    await schedules.change(made.reminding, { conference: { from } });
    expect(await nextOf(made.reminding)).toEqual(NO_SUMMER_TIME);
  });
});
