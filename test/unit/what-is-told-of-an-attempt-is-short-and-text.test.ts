import { expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { failureWords } from '../../src/delivery/failures.ts';
import { createPlatformClient } from '../../src/platform/client.ts';

/* Names, certificates and answers are somebody else's words: what is told of them goes into histories and answers of ours. */

test('a result is in our own words', async () => {
  const word = '🙂'.repeat(50_000);
  const names = {
    addressesOf: async () => {
      throw new Error(`${word}\ud83d`);
    },
  };
  const deliverer = createDeliverer([], { names });
  const target = {
    callbackUrl: 'http://customer.example/',
    callbackHttpMethod: 'POST',
    callbackTimeout: 1_000,
  } as const;
  const [attempt] = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target);
  await deliverer.close();
  expect(failureWords).toContain(attempt?.result);
});

test('a platform whose name is long makes no long message', async () => {
  const platform = createPlatformClient(`http://${'a'.repeat(5_000)}.invalid`);
  const outcome = await platform.completeConference({ userId: 'u', token: 't', secret: 's' }, 'conf-1');
  await platform.close();
  expect(outcome).toMatchObject({ outcome: 'unavailable', isUndone: true });
  expect(JSON.stringify(outcome).length).toBeLessThan(600);
});
