import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { Seal } from '../../src/client/sealing.ts';
import { EVENTS_WITHOUT_A_TASK } from '../../src/workflows/messages.ts';

const [ONE, TWO] = [randomBytes(32), randomBytes(32)];
const one = new Seal(new Map([['one', ONE]]));
/** As after a rotation: another one seals, and the one before opens. */
const rotated = new Seal(
  new Map([
    ['two', TWO],
    ['one', ONE],
  ]),
);
const two = new Seal(new Map([['two', TWO]]));

const VALUES = ['a text', { from: '+19195550142', list: [1, null] }, undefined, new Uint8Array([0, 255]), '', null];
const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const sealed = async (seal: Seal, value: unknown): Promise<Payload> => {
  const [payload = {}] = await seal.encode([payloadOf(value)]);
  return payload;
};
const opened = async (seal: Seal, payload: Payload): Promise<unknown> => {
  const [plain = {}] = await seal.decode([payload]);
  return defaultPayloadConverter.fromPayload(plain);
};

test.each(VALUES)('a value comes back as it was: %j', async (value) => {
  expect(await opened(one, await sealed(one, value))).toEqual(value);
});

test('nothing of it can be read, and the same value never looks the same', async () => {
  const [first, second] = [await sealed(one, { from: '+19195550142' }), await sealed(one, { from: '+19195550142' })];
  const bytes = Buffer.from(first.data ?? []);
  expect(bytes.includes('from') || bytes.includes('9195550142') || bytes.includes('json/plain')).toBe(false);
  expect(bytes.equals(Buffer.from(second.data ?? []))).toBe(false);
});

test('a new key seals, and what the one before has sealed opens as long as it stands behind', async () => {
  const before = await sealed(one, 'before');
  expect(await opened(rotated, before)).toBe('before');
  const after = await sealed(rotated, 'after');
  expect(await opened(two, after)).toBe('after');
  await expect(opened(one, after)).rejects.toThrow('PAYLOAD_KEYS has no key "two"');
  await expect(opened(two, before)).rejects.toThrow('PAYLOAD_KEYS has no key "one"');
});

test('another key under the same id, or a changed byte, opens nothing', async () => {
  const other = new Seal(new Map([['one', TWO]]));
  const payload = await sealed(one, 'a text');
  await expect(opened(other, payload)).rejects.toThrow('does not open');
  const bytes = Buffer.from(payload.data ?? []);
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    await expect(opened(one, { ...payload, data: changed })).rejects.toThrow('does not open');
  }
  await expect(opened(one, { ...payload, data: bytes.subarray(0, 20) })).rejects.toThrow('does not open');
});

test('what was written before there was a key stands as it is', async () => {
  expect(await opened(one, payloadOf('plain'))).toBe('plain');
  expect(one.openText('plain: text')).toBe('plain: text');
});

test('a text is sealed where no payload goes', () => {
  const text = one.sealText('a note');
  expect(text).not.toContain('a note');
  expect(rotated.openText(text)).toBe('a note');
});

test('a digest is the same for the same text of the same account, and found with each key', () => {
  const of = (seal: Seal, user = 'u-1', field = 'from', text = '+19195550142') => seal.digestsOf(user, field, text);
  expect(of(one)).toEqual(of(one));
  expect(of(rotated)).toEqual([...of(two), ...of(one)]);
  const others = [of(one, 'u-2'), of(one, 'u-1', 'tag'), of(one, 'u-1', 'from', '+19195550143'), of(two)];
  expect(new Set([of(one), ...others].map(String)).size).toBe(5);
});

test('every connection to Temporal takes the keys', () => {
  const src = new URL('../../src/', import.meta.url).pathname;
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const calls = files.flatMap((name) => {
    const text = readFileSync(join(src, name), 'utf8');
    return [...text.matchAll(/(?<!function )connectToTemporal\(([^)]*)\)/g)].map(([, given = '']) => ({ name, given }));
  });
  // A gateway, a worker, and what works as a client, at least.
  expect(calls.length).toBeGreaterThanOrEqual(3);
  expect(calls.filter(({ given }) => !given.includes('payloadKeys'))).toEqual([]);
});

test('the text that is left readable is the one that asks to ask again', () => {
  const converter = readFileSync(new URL('../../src/client/sealed-failures.cjs', import.meta.url), 'utf8');
  expect(converter).toContain(`'${EVENTS_WITHOUT_A_TASK}'`);
});
