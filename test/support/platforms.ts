import { mkdtempSync, rmSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { present } from '../../src/catapult/present.ts';
import { createAdapter, type Adapter } from '../../src/asterisk/server.ts';
import { espeak } from '../../src/asterisk/sounds/speech.ts';
import { findAsterisk } from '../../src/dev/asterisk/find.ts';
import { runAsterisk, type RunningAsterisk } from '../../src/dev/asterisk/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { SandboxControls } from './controls.ts';
import { Exchange, type Does } from './telephones/exchange.ts';
import type { TelephoneCall } from './telephones/telephone-call.ts';
import { until } from './until.ts';

export const PLATFORM_ACCOUNT = { userId: 'u-platform', token: 't-platform', secret: 's-platform' };

type FarEnd = { digits: string } | { state: 'completed' };

/** A platform of a test: the wire at its address, and what only telephones can do. */
export interface Platform {
  name: 'sandbox' | 'asterisk';
  url: string;
  /** Somebody calls from outside, and is answered: the call's id. */
  callIn(numbers?: { from?: string; to?: string }): Promise<string>;
  /** Whether a call is over. */
  isOver(callId: string): Promise<boolean>;
  /** Presses keys on the far end's phone, or hangs it up. */
  farEnd(callId: string, does: FarEnd): Promise<void>;
  /** What the telephone with this number will do. */
  phone(number: string, does: Does): Promise<void>;
  /** Makes files and sentences short, where nobody hears them anyway. */
  hurry(): Promise<void>;
  /** The ids of the conferences whose events go to an address. */
  conferencesOf(url: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The sandbox, over its own controls. */
export async function sandboxPlatform(sandbox: Sandbox): Promise<Platform> {
  const url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
  const controls = new SandboxControls(url);
  return {
    name: 'sandbox',
    url,
    callIn: (numbers) => controls.callIn(numbers),
    isOver: async (callId) => (await controls.calls()).find((call) => call.callId === callId)?.state === 'completed',
    farEnd: (callId, does) => ('digits' in does ? controls.press(callId, does.digits) : controls.hangUp(callId)),
    phone: (number, does) => controls.phone(encodeURIComponent(number), does),
    hurry: () => controls.settings({ fileDuration: 100, characterDuration: 10 }),
    conferencesOf: async (address) =>
      (await controls.conferences()).filter(({ callbackUrl }) => callbackUrl.startsWith(address)).map(({ id }) => id),
    close: () => sandbox.close(),
  };
}

/** An Asterisk with the adapter in this process, and telephones around it. */
export interface AsteriskPlatform extends Platform {
  asterisk: RunningAsterisk;
  adapter: Adapter;
  exchange: Exchange;
  /** The call of a telephone that Asterisk has under this id. */
  callOf(callId: string): Promise<TelephoneCall>;
}

/** Opens an Asterisk of its own. */
export async function asteriskPlatform(): Promise<AsteriskPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-asterisk-'));
  const program = await findAsterisk((line) => process.stderr.write(`${line}\n`));
  const logger = pino({ level: 'silent' });
  const asterisk = await runAsterisk(program, { folder, sipPort: await twoFreePorts() }, logger);
  const exchange = await Exchange.open(asterisk.sipPort);
  const speaker = program.speech && espeak(program.speech);
  const allowedNetworks = ['127.0.0.0/8'];
  const sounds = { folder: join(folder, 'sounds'), allowedNetworks, speaker };
  const adapter = createAdapter({
    ariUrl: asterisk.ariUrl,
    account: PLATFORM_ACCOUNT,
    dialling: { endpoint: 'trunk', allowedNetworks },
    sounds,
    logger,
  });
  await adapter.listen();
  const url = await adapter.app.listen({ host: '127.0.0.1', port: 0 });
  const close = async () => {
    await adapter.close();
    exchange.close();
    await asterisk.stop();
    rmSync(folder, { recursive: true });
  };
  return { ...telephonesAround(asterisk.ariUrl, exchange), url, asterisk, adapter, exchange, close };
}

/** What telephones around an Asterisk do. */
export function telephonesAround(ariUrl: string, exchange: Exchange) {
  const ari = ariOf(ariUrl);
  /** The call of a telephone that Asterisk has under this id. */
  const callOf = async (callId: string): Promise<TelephoneCall> => {
    const call = await until(`Asterisk knows ${callId}`, async () =>
      (await ari.channels()).find(({ id }) => id === callId),
    );
    return await exchange.withId(call.protocol_id);
  };
  return {
    name: 'asterisk' as const,
    callOf,
    isOver: async (callId: string) => !(await ari.channels()).some(({ id }) => id === callId),
    callIn: async ({ to = '+15550002000', from }: { from?: string; to?: string } = {}) => {
      const { id } = await exchange.call(to, present({ from }));
      const call = await until('Asterisk has the call', async () =>
        (await ari.channels()).find((one) => one.protocol_id === id && one.state === 'Up'),
      );
      return call.id;
    },
    farEnd: async (callId: string, does: FarEnd) => {
      const call = await callOf(callId);
      if ('digits' in does) await call.media.press(does.digits);
      else call.hangUp();
    },
    phone: async (number: string, does: Does) => exchange.number(number, does),
    hurry: async () => undefined,
    conferencesOf: async (address: string) =>
      (await ari.bridges())
        .filter(({ bridgevars }) => JSON.stringify(bridgevars).includes(address))
        .map(({ id }) => id),
  };
}

const channels = z.array(z.object({ id: z.string(), state: z.string(), protocol_id: z.string() }));
const bridges = z.array(
  z.object({ id: z.string(), channels: z.array(z.string()), bridgevars: z.unknown().optional() }),
);

/** What a test asks Asterisk itself. */
export function ariOf(ariUrl: string) {
  const { username, password, host } = new URL(ariUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = async (path: string): Promise<unknown> =>
    await (await fetch(`http://${host}/ari${path}`, { headers: { authorization } })).json();
  return {
    channels: async () => channels.parse(await ask('/channels')),
    bridges: async () => bridges.parse(await ask('/bridges')),
  };
}

/** The first of two UDP ports that nobody has (below those that systems give away): Asterisk's, and that of the telephones. */
export async function twoFreePorts(): Promise<number> {
  const isFree = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
    });
  return await until('two ports are free', async () => {
    const port = 10_000 + 2 * randomInt(10_000);
    return (await isFree(port)) && (await isFree(port + 1)) ? port : undefined;
  });
}
