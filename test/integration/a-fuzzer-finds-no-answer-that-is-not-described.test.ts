import { expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import type { Description } from '../../src/catapult/openapi/types.ts';
import { conferencePath, eventsPath, membersPath } from '../../src/catapult/paths.ts';
import { fuzz } from '../support/fuzzer.ts';
import { fuzzedDescription, type Known } from '../support/fuzzed-description.ts';
import { openHouse, USER, type House } from '../support/house.ts';

const EXAMPLES = Number(process.env['FUZZ_EXAMPLES'] ?? 10);

/** Conferences in every phase, with members and events; a fuzzer ends them soon, so that there are some of each. */
async function inhabited(house: House): Promise<Known> {
  const known: Known = {
    ...{ userId: USER, conferenceId: [], memberId: [], eventId: [], callId: [] },
    callbackUrl: house.customer.url('/callback'),
  };
  for (let number = 0; number < 5; number += 1) {
    const calls = Array.from({ length: 3 }, () => house.sandbox.platform.callIn().id);
    known.callId.push(...calls);
    const id = await house.create();
    const added = await house.call('POST', membersPath(USER, id), { callId: calls[0] });
    known.memberId.push(added.headers.get('location')?.split('/').pop() ?? '');
    const over = await house.create();
    await house.call('POST', conferencePath(USER, over), { state: 'completed' });
    const later = await house.create({ startAt: new Date(Date.now() + 3_600_000).toISOString() });
    known.conferenceId.push(id, over, later);
    await house.allForwarded();
    const { events } = (await (await house.call('GET', eventsPath(USER, over))).json()) as { events: { id: string }[] };
    known.eventId.push(...events.map((event) => event.id));
  }
  return known;
}

test('a fuzzer finds no 500, and no answer that the description does not have', async () => {
  const house = await openHouse();
  try {
    const description = (await (await fetch(`${house.url}/openapi.json`)).json()) as Description;
    const { ok, says } = await fuzz({
      description: fuzzedDescription(description, await inhabited(house)),
      ...{ url: house.url, account: LOCAL_ACCOUNT, examples: EXAMPLES, seed: 42 },
    });
    if (process.env['FUZZ_EXAMPLES'] !== undefined) process.stdout.write(says);
    expect(ok ? '' : says).toBe('');
  } finally {
    await house.close();
  }
}, 1_800_000);
