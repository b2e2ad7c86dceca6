import { expect, test } from '@jest/globals';
import { conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import { DELIVER_FROM, openHouse, USER, workflowOf } from '../support/house.ts';
import { until } from '../support/until.ts';

/* The gateway creates conferences without a workflow task: so the tasks could fall behind without end. */

const AT_ONCE = 20;
/** Far more than may wait, and than are created until it shows that too many do. */
const FAR_TOO_MANY = 2_000;

test('while too many workflow tasks wait no conference is made, and when workers are back all go on', async () => {
  if (DELIVER_FROM === 'worker') return;
  const house = await openHouse({ worker: false });
  try {
    const made: string[] = [];
    const create = async () => {
      const answer = await house.call('POST', conferencesPath(USER), { from: '+19195551234' });
      const id = answer.headers.get('location')?.split('/').pop();
      if (answer.status === 201 && id !== undefined) made.push(id);
      return answer.status;
    };
    const isTurnedAway = async () => (await create()) === 503 || made.length >= FAR_TOO_MANY;
    const lanes = Array.from({ length: AT_ONCE }, () => until('a create is turned away', isTurnedAway));
    await Promise.all(lanes);
    expect(made.length).toBeLessThan(FAR_TOO_MANY);
    // What was turned away has not begun.
    expect(house.sandbox.platform.list()).toHaveLength(made.length);

    await house.startWorker();
    await until('a conference is made again', async () => (await create()) === 201);
    for (const id of [made[0] ?? '', made.at(-1) ?? '']) {
      expect((await house.call('POST', conferencePath(USER, id), { state: 'completed' })).status).toBe(200);
      await workflowOf(house, id).result();
    }
  } finally {
    await house.close();
  }
});
