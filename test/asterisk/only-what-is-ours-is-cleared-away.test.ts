import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { Ari } from '../../src/asterisk/ari/ari.ts';
import { COMPLETED_KEPT_MS, WAITS_FOR_MS } from '../../src/asterisk/budget.ts';
import { Callbacks } from '../../src/asterisk/callbacks.ts';
import { sweep } from '../../src/asterisk/catch-up.ts';
import { Conferences } from '../../src/asterisk/conferences.ts';
import { Sounds } from '../../src/asterisk/sounds/sounds.ts';
import { Turns } from '../../src/asterisk/turns.ts';
import type { World } from '../../src/asterisk/world.ts';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { platformClient } from '../support/platform-client.ts';
import { ariOf, asteriskPlatform, type AsteriskPlatform } from '../support/platforms.ts';
import { describeOnAsterisk, idIn } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

let platform: AsteriskPlatform;
const { create, dial, post } = platformClient(() => platform.url);

describeOnAsterisk('after a long time', () => {
  let world: World;
  let others: WebSocket;
  beforeAll(async () => {
    platform = await asteriskPlatform();
    const sounds = new Sounds({ folder: '', allowedNetworks: [], speaker: undefined });
    const callbacks = new Callbacks(createDeliverer([], { isShared: false }));
    world = {
      ...{ ari: new Ari(platform.asterisk.ariUrl), callbacks, sounds, turns: new Turns(), telling: new Set<string>() },
      ...{ hearing: async () => undefined, logger: pino({ level: 'silent' }) },
    };
    // Another application, on the same Asterisk.
    const url = new URL(world.ari.eventsUrl);
    url.searchParams.set('app', 'others');
    others = new WebSocket(url);
    await once(others, 'open');
  });
  afterAll(async () => {
    others.terminate();
    await Promise.all([world.callbacks.close(), world.ari.close()]);
    await platform.close();
  });

  const sweepAfter = (milliseconds: number) => sweep(world, new Conferences(world), Date.now() + milliseconds);
  const channels = async () => (await ariOf(platform.asterisk.ariUrl).channels()).map(({ id }) => id);
  const bridges = async () => (await ariOf(platform.asterisk.ariUrl).bridges()).map(({ id }) => id);

  test('a call that waits in vain ends, and a completed conference is gone; all else stays, what is somebody else’s too', async () => {
    const waiting = await platform.callIn();
    const [open, completed] = [await create(), await create()];
    await post(completed, { state: 'completed' });
    const member = await dial(open, '+19195558001');
    await platform.exchange.at('+19195558001');
    const query = { endpoint: 'PJSIP/+19195558002@trunk', app: 'others' };
    await world.ari.ask('POST', '/channels/theirs', { query });
    await world.ari.ask('POST', '/bridges/their-bridge', { query: { type: 'mixing', name: 'theirs' } });
    await platform.exchange.at('+19195558002');

    await sweepAfter(Math.min(WAITS_FOR_MS, COMPLETED_KEPT_MS) / 2);
    expect(new Set(await channels())).toEqual(new Set([waiting, member, 'theirs']));
    expect(await bridges()).toHaveLength(3);

    await sweepAfter(2 * Math.max(WAITS_FOR_MS, COMPLETED_KEPT_MS));
    await until('the call that waited is over', async () => !(await channels()).includes(waiting));
    expect(new Set(await channels())).toEqual(new Set([member, 'theirs']));
    expect(new Set(await bridges())).toEqual(new Set([idIn(open), 'their-bridge']));
  });
});
