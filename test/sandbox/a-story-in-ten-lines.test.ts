import { expect, test } from '@jest/globals';
import { openStage } from './stage.ts';

const ANNA = '+19195550001';

test('Anna is busy, then answers, leaves by a key, and the last callback comes twice', async () => {
  const stage = await openStage(1);
  const { platform, faults } = stage.sandbox;
  platform.phone(ANNA).soundsBusy({ times: 1 });
  faults.add({ callbacks: 'repeat', event: 'conference completed' });
  const conferenceId = await stage.create();
  await stage.dial(conferenceId, ANNA);
  await stage.pass(300);
  const anna = platform.call(await stage.dial(conferenceId, ANNA));
  await stage.pass(300);
  anna?.press('#');
  await stage.pass(0);
  expect(stage.told('/call')).toEqual(['hangup', 'answer', 'hangup']);
  expect(stage.told('/conference').slice(-2)).toEqual(['conference completed', 'conference completed']);
  expect(platform.list()).toMatchObject([{ id: conferenceId, state: 'completed' }]);
  await stage.close();
});
