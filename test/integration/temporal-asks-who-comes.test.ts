import { chmodSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  guardTemporal,
  makeAuthority,
  makeCertificate,
  type Certificate,
  type GuardedTemporal,
} from '../support/guarded-temporal.ts';
import { dataDirectory, endOf, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/*
 * Temporal over TLS, with certificates of clients and with API keys, as the SDK's own settings say: real processes against a proxy that lets
 * nobody else in.
 */

const API_KEY = 'an-api-key-of-the-test';
const running: Program[] = [];
const data = dataDirectory();
let authority: Certificate;
let server: Certificate;
let client: Certificate;
let stranger: Certificate;
let guarded: GuardedTemporal;

beforeAll(() => {
  authority = makeAuthority(data.path, 'authority');
  const others = makeAuthority(data.path, 'others');
  server = makeCertificate(data.path, 'server', authority);
  client = makeCertificate(data.path, 'convoke', authority);
  stranger = makeCertificate(data.path, 'stranger', others);
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.child.kill('SIGTERM');
    if ((await endOf(program, 20_000)) === 'it still runs') killGroup(program);
  }
  await guarded.close();
});
afterAll(() => data.remove());

const trusting = () => ({ TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificate });
const showing = ({ certificate, key }: Certificate) => ({
  ...trusting(),
  ...{ TEMPORAL_TLS_CLIENT_CERT_PATH: certificate, TEMPORAL_TLS_CLIENT_KEY_PATH: key },
});

function run(verb: string, settings: Record<string, string>): Program {
  const own = { CONVOKE_DATA_DIR: data.path, SETTINGS_FILE: '', TEMPORAL_ADDRESS: guarded.address };
  const program = launch('node', ['scripts/convoke.mjs', verb], { ...own, ...settings });
  running.push(program);
  return program;
}

/** `convoke setup`, which asks Temporal for much: how it ends, and what it says. */
async function setup(settings: Record<string, string>): Promise<[unknown, string]> {
  const program = run('setup', settings);
  const end = await endOf(program, 60_000);
  return [end, program.output()];
}

/** A worker and a gateway that find what they need there. */
async function live(settings: Record<string, string>): Promise<void> {
  const PORT = await freePort();
  const platform = { PLATFORM_URL: 'http://127.0.0.1:9' };
  await run('worker', { ...settings, ...platform }).until(/ready on/, 60_000);
  await run('gateway', { ...settings, ...platform, PORT }).until(/ready on/, 60_000);
  const SEEN = ['"temporal":"reachable"', '"namespace":"ready"', '"workers":"working"'];
  await until('the gateway sees Temporal, its namespace, and the worker', async () => {
    const answer = await fetch(`http://127.0.0.1:${PORT}/readyz`);
    const seen = await answer.text();
    if (!SEEN.every((one) => seen.includes(one))) throw new Error(seen);
    return true;
  });
}

describe('with certificates of clients', () => {
  test('who shows one that fits is let in, tools, workers and gateways alike', async () => {
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, clientAuthority: authority });
    expect(await setup(showing(client))).toEqual([
      0,
      expect.stringContaining('Conferences have what they need there.'),
    ]);
    await live(showing(client));
    expect(new Set(guarded.calls.map((call) => call.client))).toEqual(new Set(['convoke']));
  }, 120_000);

  test('who shows none, or one of another authority, is told, and nothing of it gets through', async () => {
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, clientAuthority: authority });
    for (const settings of [trusting(), showing(stranger)]) {
      const [end, said] = await setup(settings);
      expect([end, said]).toEqual([1, expect.stringMatching(/Temporal does not answer there/)]);
    }
    expect(guarded.calls).toEqual([]);
  }, 120_000);

  test('a server of another authority gets nothing', async () => {
    const impostor = makeCertificate(data.path, 'impostor', makeAuthority(data.path, 'another'));
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server: impostor });
    expect(await setup({ ...trusting(), TEMPORAL_API_KEY: API_KEY })).toEqual([1, expect.anything()]);
    expect(guarded.calls).toEqual([]);
  }, 120_000);

  test('a key that everybody can read is refused', async () => {
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, clientAuthority: authority });
    const open = makeCertificate(data.path, 'open', authority);
    chmodSync(open.key, 0o644);
    const [end, said] = await setup(showing(open));
    expect([end, said]).toEqual([1, expect.stringContaining('TEMPORAL_TLS_CLIENT_KEY_PATH')]);
    expect(guarded.calls).toEqual([]);
  }, 60_000);
});

describe('with an API key', () => {
  test('each call brings it, of tools, workers and gateways alike', async () => {
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, apiKey: API_KEY });
    const settings = { ...trusting(), TEMPORAL_API_KEY: API_KEY };
    expect(await setup(settings)).toEqual([0, expect.stringContaining('Conferences have what they need there.')]);
    await live(settings);
    expect(guarded.calls.length).toBeGreaterThan(10);
    expect(new Set(guarded.calls.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${API_KEY}`]));
  }, 120_000);

  test.each([
    ['none', {}],
    ['another one', { TEMPORAL_API_KEY: 'wrong' }],
  ])(
    'who brings %s is told which setting it is, and the key is not shown',
    async (_which, settings) => {
      guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, apiKey: API_KEY });
      const [end, said] = await setup({ ...trusting(), ...settings });
      expect([end, said]).toEqual([1, expect.stringContaining('TEMPORAL_API_KEY')]);
      expect(said).not.toContain('wrong');
    },
    60_000,
  );

  test('it is not sent in clear text', async () => {
    guarded = await guardTemporal(required('TEST_TEMPORAL_ADDRESS'), { server, apiKey: API_KEY });
    const [end, said] = await setup({
      TEMPORAL_TLS: 'false',
      TEMPORAL_API_KEY: API_KEY,
      TEMPORAL_ADDRESS: 'temporal.example:7233',
    });
    expect([end, said]).toEqual([1, expect.stringContaining('plaintext-temporal')]);
  }, 60_000);
});
