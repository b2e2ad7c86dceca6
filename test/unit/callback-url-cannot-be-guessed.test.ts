import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CallbackTokens, loadCallbackTokens, type CallbackAddress } from '../../src/accounts/callback-tokens.ts';

const KEY = 'k1:0123456789abcdef';
const OTHER_KEY = 'k2:fedcba9876543210';
const ADDRESS: CallbackAddress = {
  userId: 'u-1',
  conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
  channel: 'primary',
  attemptId: '0197a2c4-aaaa-7bbb-8ccc-1234567890ab.1',
};

const tokenOf = (tokens: CallbackTokens, address = ADDRESS) => tokens.path(address).split('/').at(-1) ?? '';
const tokens = new CallbackTokens([KEY]);

describe('the path of a callback URL', () => {
  test('names the conference and the channel, so that one conference stays with one gateway', () => {
    expect(tokens.path(ADDRESS)).toMatch(
      /^\/callbacks\/u-1\/conf-a{26}\/primary\/k1\.0197a2c4-aaaa-7bbb-8ccc-1234567890ab\.1\.[\w-]{43}$/,
    );
  });

  test('is the same whoever makes it: worker and gateway need only the key', () => {
    expect(new CallbackTokens([KEY]).path(ADDRESS)).toBe(tokens.path(ADDRESS));
  });
});

describe('a token', () => {
  const token = tokenOf(tokens);

  test('gives the attempt it was made for, at its own address', () => {
    expect(tokens.verify(token, ADDRESS)).toBe(ADDRESS.attemptId);
  });

  test.each([{ userId: 'u-2' }, { conferenceId: 'conf-bbbbbbbbbbbbbbbbbbbbbbbbbb' }, { channel: 'fallback' as const }])(
    'is worth nothing elsewhere: %j',
    (elsewhere) => expect(tokens.verify(token, { ...ADDRESS, ...elsewhere })).toBeUndefined(),
  );

  test('is worth nothing for another attempt', () => {
    const [keyId, runId, , hmac] = token.split('.');
    expect(tokens.verify([keyId, runId, '2', hmac].join('.'), ADDRESS)).toBeUndefined();
    const otherRun = runId?.replace('a2c4', 'a2c5');
    expect(tokens.verify([keyId, otherRun, '1', hmac].join('.'), ADDRESS)).toBeUndefined();
  });

  test('is worth nothing when any of its characters is another', () => {
    const letters = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
    const others = Array.from({ length: token.length }, (_, at) =>
      letters.filter((letter) => letter !== token.charAt(at)).map((l) => token.slice(0, at) + l + token.slice(at + 1)),
    ).flat();
    expect(others.filter((other) => tokens.verify(other, ADDRESS) !== undefined)).toEqual([]);
  });

  test('is worth nothing when it is cut, lengthened or rubbish', () => {
    const rubbish = ['', '.', '..', '...', 'k1', `${token}A`, `${token}=`, `${token}\n`, ` ${token}`, `k1.${token}`];
    for (const bad of [...rubbish, token.slice(0, -1), token.slice(1), token.toUpperCase()]) {
      expect(tokens.verify(bad, ADDRESS)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => expect(tokens.verify(text, ADDRESS)).toBeUndefined()));
  });

  test('is worth nothing under another key of the same name', () => {
    expect(new CallbackTokens(['k1:another secret, 16+']).verify(token, ADDRESS)).toBeUndefined();
  });
});

describe('keys that rotate', () => {
  const both = new CallbackTokens([OTHER_KEY, KEY]);

  test('the first signs, and every one verifies', () => {
    expect(tokenOf(both)).toMatch(/^k2\./);
    expect(both.verify(tokenOf(both), ADDRESS)).toBe(ADDRESS.attemptId);
    expect(both.verify(tokenOf(tokens), ADDRESS)).toBe(ADDRESS.attemptId);
  });

  test('a key that was taken away verifies no more', () => {
    expect(new CallbackTokens([OTHER_KEY]).verify(tokenOf(tokens), ADDRESS)).toBeUndefined();
  });

  test('a token names the key it was made with, and no other will do', () => {
    const renamed = tokenOf(tokens).replace(/^k1/, 'k2');
    expect(both.verify(renamed, ADDRESS)).toBeUndefined();
  });
});

describe('keys that cannot be used are an error that says what is wanted', () => {
  test.each([
    [[]],
    [['']],
    [['k1']],
    [['k1:too short']],
    [[':0123456789abcdef']],
    [['a key:0123456789abcdef']],
    [[`${'k'.repeat(33)}:0123456789abcdef`]],
    [[KEY, 'broken']],
  ])('%j', (keys) => {
    expect(() => new CallbackTokens(keys)).toThrow(/CALLBACK_KEYS wants "keyId:secret".*at least 16 characters/);
  });

  test('which does not show the secrets', () => {
    const load = () => new CallbackTokens([KEY, 'k2:sesame']);
    expect(load).not.toThrow(/sesame|0123456789abcdef/);
    expect(load).toThrow();
  });
});

describe('without keys in the settings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convoke-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('one is made on first use, for this machine’s user only, and is kept', async () => {
    const dataDir = join(folder, 'deep', 'data');
    const first = loadCallbackTokens(undefined, dataDir);
    const second = loadCallbackTokens(undefined, dataDir);
    expect(second.verify(tokenOf(first), ADDRESS)).toBe(ADDRESS.attemptId);
    expect(await readdir(dataDir)).toEqual(['callback-key']);
    expect((await stat(join(dataDir, 'callback-key'))).mode & 0o077).toBe(0);
    expect(await readFile(join(dataDir, 'callback-key'), 'utf8')).toMatch(/^local:[\w-]{43}$/);
  });

  test('each data directory has another one', () => {
    const [here, there] = ['a', 'b'].map((name) => loadCallbackTokens(undefined, join(folder, name)));
    if (here === undefined || there === undefined) throw new Error('both were loaded');
    expect(there.verify(tokenOf(here), ADDRESS)).toBeUndefined();
  });

  test('keys that are given are used, and nothing is written', async () => {
    expect(loadCallbackTokens([KEY], join(folder, 'data')).verify(tokenOf(tokens), ADDRESS)).toBe(ADDRESS.attemptId);
    expect(await readdir(folder)).toEqual([]);
  });

  test('parts that start at the same time all have the same one', async () => {
    const dataDir = join(folder, 'data');
    const start = new SharedArrayBuffer(4);
    const parts = Array.from({ length: 4 }, () => startPart(dataDir, start));
    await Promise.all(parts.map(({ ready }) => ready));
    Atomics.store(new Int32Array(start), 0, 1);
    Atomics.notify(new Int32Array(start), 0);
    const made = await Promise.all(parts.map(({ path }) => path));
    expect(new Set(made).size).toBe(1);
    expect(made[0]).toBe(loadCallbackTokens(undefined, dataDir).path(ADDRESS));
    expect(await readdir(dataDir)).toEqual(['callback-key']);
  });

  /** A part in a thread of its own, which loads the key at the moment `start` is set. */
  function startPart(dataDir: string, start: SharedArrayBuffer): { ready: Promise<void>; path: Promise<string> } {
    const source = new URL('../../src/accounts/callback-tokens.ts', import.meta.url).href;
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      (async () => {
        const { tsImport } = await import(workerData.tsx);
        const { loadCallbackTokens } = await tsImport(workerData.source, workerData.source);
        parentPort.postMessage('');
        Atomics.wait(new Int32Array(workerData.start), 0, 0);
        parentPort.postMessage(loadCallbackTokens(undefined, workerData.dataDir).path(workerData.address));
      })();`;
    const worker = new Worker(program, {
      eval: true,
      execArgv: [],
      workerData: { source, tsx: import.meta.resolve('tsx/esm/api'), dataDir, start, address: ADDRESS },
    });
    const said = (isWanted: (message: string) => boolean) =>
      new Promise<string>((resolve, reject) => {
        worker.on('message', (message: string) => isWanted(message) && resolve(message));
        worker.on('error', reject);
      });
    const ready = said((message) => message === '').then(() => undefined);
    const path = said((message) => message !== '').finally(() => worker.terminate());
    return { ready, path };
  }
});
