import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Found } from '../../src/doctor/examine.ts';
import { authority, type Certificate } from '../support/certificates.ts';
import {
  expectOnly,
  findingsIn,
  newNamespace,
  openDeployment,
  whatIs,
  type Deployment,
} from '../support/deployment.ts';
import { until } from '../support/until.ts';

/* Each thing around a deployment is broken: Temporal, clocks, the platform, how the gateway is reached; the doctor names it. */

const OTHER_KEY = 'k2:fedcba9876543210fedcba9876543210';
const NOBODY = 'http://127.0.0.1:9';
const MINUTE_MS = 60_000;
const tests = authority();
const servers: (Server | ReturnType<typeof createHttpServer>)[] = [];

let deployed: Deployment;
beforeAll(async () => {
  deployed = await openDeployment();
}, 120_000);
afterAll(async () => {
  for (const server of servers) server.close();
  await deployed.close();
});

describe('Temporal', () => {
  test('that does not answer', async () => {
    const found = await deployed.changedBy({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(whatIs(found, 'wrong')).toEqual(['temporal', 'workers']);
    expect(whatIs(found, 'warning')).toEqual([
      ...['namespace', 'versions', 'callback-keys', 'payload-keys', 'held-keys', 'temporal-clock'],
    ]);
  });

  test('without the namespace', async () => {
    const found = await deployed.changedBy({ TEMPORAL_NAMESPACE: 'nowhere' });
    expect(found[0]).toMatchObject({
      check: 'namespace',
      level: 'wrong',
      found: expect.stringContaining('no namespace "nowhere"'),
    });
  });

  test('that forgets too soon, and has no worker', async () => {
    const found = await deployed.changedBy({ TEMPORAL_NAMESPACE: await shortNamespace() });
    expect(found.map(({ check, level }) => [check, level])).toEqual([
      ['namespace', 'warning'],
      ['workers', 'wrong'],
    ]);
    expect(found[0]?.found).toContain('for 1 days');
  });

  async function shortNamespace() {
    const namespace = await newNamespace(deployed.connection);
    const workflowExecutionRetentionTtl = { seconds: 86_400 } as never;
    await deployed.connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
    await until('it is known', async () =>
      (await deployed.look({ TEMPORAL_NAMESPACE: namespace })).some(({ found }) => found.includes('for 1 days')),
    );
    return namespace;
  }

  test('without search attributes', async () => {
    const found = await deployed.changedBy({ TEMPORAL_NAMESPACE: await newNamespace(deployed.connection, false) });
    expect(found[0]).toMatchObject({
      check: 'namespace',
      level: 'wrong',
      found: expect.stringContaining('search attributes'),
    });
  });

  test('with a worker that has other keys, and is of another version', async () => {
    const namespace = await newNamespace(deployed.connection);
    const identity = 'someone@elsewhere key:k9.abcdefgh convoke:0.0.1';
    const polled = deployed.connection
      .withDeadline(Date.now() + 20_000, () =>
        deployed.connection.workflowService.pollWorkflowTaskQueue({
          namespace,
          taskQueue: { name: 'conferences' },
          identity,
        }),
      )
      .catch(() => undefined);
    await until('Temporal tells of it', async () =>
      (await deployed.look({ TEMPORAL_NAMESPACE: namespace })).some(
        ({ check, level }) => check === 'versions' && level === 'warning',
      ),
    );
    const found = await deployed.changedBy({ TEMPORAL_NAMESPACE: namespace });
    expect(found.map(({ check, found: what }) => [check, what])).toEqual([
      ['versions', expect.stringContaining('someone@elsewhere is of version 0.0.1')],
      ['workers', expect.stringContaining('No worker')],
      ['callback-keys', expect.stringContaining('signs callback URLs with the key k9.abcdefgh')],
    ]);
    await polled;
  });

  test('with keys of this machine alone, or other ones than the workers', async () => {
    expectOnly(await deployed.changedBy({ CALLBACK_KEYS: '' }), 'callback-keys', 'warning', /this machine's alone/);
    expectOnly(
      await deployed.changedBy({ CALLBACK_KEYS: OTHER_KEY }),
      'callback-keys',
      'wrong',
      /signs .* with the key k1\./,
    );
    // Of what is sealed here nothing goes on there.
    const PAYLOAD_KEYS = `sealed:${Buffer.alloc(32, 7).toString('base64')}`;
    expectOnly(
      await deployed.changedBy({ PAYLOAD_KEYS }),
      'payload-keys',
      'wrong',
      /cannot open what is sealed here with the key sealed\./,
    );
  });
});

describe('clocks', () => {
  afterEach(() => void jest.restoreAllMocks());

  test.each([MINUTE_MS, -MINUTE_MS])('one that is off by %d ms', async (offMs) => {
    const before = await deployed.look();
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + offMs);
    const found = (await deployed.look()).filter(
      ({ level, check }) => level === 'wrong' && !whatIs(before, 'wrong').includes(check),
    );
    expect(found.map(({ check }) => check)).toEqual(['temporal-clock', 'clock']);
    for (const one of found)
      expect(one.found).toMatch(offMs > 0 ? /5\d\.\d s before|60\.\d s before/ : /5\d\.\d s behind|60\.\d s behind/);
  });
});

describe('platform and gateway', () => {
  async function serve(certificate: Certificate | undefined, status: number): Promise<string> {
    const answer: Parameters<typeof createHttpServer>[1] = (_request, response) =>
      void response.writeHead(status).end('{}');
    const server = certificate === undefined ? createHttpServer({}, answer) : createTlsServer(certificate, answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${certificate === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`;
  }

  test('credentials that the platform refuses', async () => {
    expectOnly(
      await deployed.changedBy({ PLATFORM_SECRET: 'wrong' }),
      'platform',
      'wrong',
      /refuses our credentials \(401\)/,
    );
  });

  test('a platform that does not answer, or is none', async () => {
    const found = await deployed.changedBy({ PLATFORM_URL: NOBODY });
    expect(found.map(({ check, level }) => [check, level])).toEqual([
      ['platform', 'wrong'],
      ['clock', 'warning'],
    ]);
    expectOnly(
      await deployed.changedBy({ PLATFORM_URL: await serve(undefined, 200) }),
      'platform',
      'wrong',
      /not by a Catapult API/,
    );
  });

  test('the sandbox', async () => {
    const SANDBOX_PORT = new URL(deployed.settings['PLATFORM_URL'] ?? '').port;
    expectOnly(await deployed.changedBy({ SANDBOX_PORT }), 'platform', 'warning', /is the sandbox/);
  });

  test('a PUBLIC_URL at which nobody answers, or somebody else, or that has no second gateway', async () => {
    const away = await deployed.changedBy({ PUBLIC_URL: NOBODY });
    expect(away).toContainEqual(
      expect.objectContaining({
        check: 'public-url',
        level: 'wrong',
        found: expect.stringContaining('does not answer from here'),
      }),
    );
    const other = await deployed.changedBy({ PUBLIC_URL: await serve(undefined, 200) });
    expect(other).toContainEqual(
      expect.objectContaining({
        check: 'public-url',
        level: 'wrong',
        found: expect.stringContaining('not by a gateway'),
      }),
    );
    const alone = await deployed.changedBy({ BRIDGE_FALLBACK_URL: '' });
    expectOnly(alone, 'public-url', 'warning', /one gateway to call back to/);
  });

  test('proxies that nobody named, or that may be anybody', async () => {
    const url = await serve(tests.issue(['localhost']), 200);
    const found = await deployed.changedBy({ PUBLIC_URL: url });
    expect(found).toContainEqual(expect.objectContaining({ check: 'proxies', level: 'warning' }));
    expectOnly(
      await deployed.changedBy({ TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' }),
      'proxies',
      'wrong',
      /0\.0\.0\.0\/0/,
    );
  });

  test('certificates that nobody trusts, that have expired, or will', async () => {
    const from = new Date(Date.now() - 10 * 24 * 60 * MINUTE_MS);
    const until5Days = { from, to: new Date(Date.now() + 5 * 24 * 60 * MINUTE_MS) };
    const untilYesterday = { from, to: new Date(Date.now() - 24 * 60 * MINUTE_MS) };
    const ofTls = (found: Found[]) => found.filter(({ check, level }) => check === 'tls' && level !== 'open');
    const untrusted = await deployed.changedBy({ PLATFORM_URL: await serve(tests.issue(['localhost']), 404) });
    expectOnly(ofTls(untrusted), 'tls', 'wrong', /Nobody trusts/);
    const expired = await deployed.changedBy({
      PLATFORM_URL: await serve(tests.issue(['localhost'], untilYesterday), 404),
    });
    expectOnly(ofTls(expired), 'tls', 'wrong', /has expired/);
    const trusting = join(deployed.data.path, 'authority.pem');
    writeFileSync(trusting, tests.cert);
    const url = await serve(tests.issue(['localhost'], until5Days), 404);
    const { output } = await deployed.doctor({ PLATFORM_URL: url, NODE_EXTRA_CA_CERTS: trusting }, ['--json']);
    expectOnly(ofTls(findingsIn(output).findings), 'tls', 'warning', /expires at/);
  });

  test("customers' URLs that reach what is inside", async () => {
    const loopback = await deployed.changedBy({ CALLBACK_ALLOWED_NETWORKS: '127.0.0.0/8' });
    expectOnly(loopback, 'callback-targets', 'wrong', /reach 127\.0\.0\.1/);
    expectOnly(
      await deployed.changedBy({ CALLBACK_ALLOWED_NETWORKS: '169.254.0.0/16' }),
      'callback-targets',
      'wrong',
      /169\.254\.169\.254/,
    );
    expectOnly(
      await deployed.changedBy({ CALLBACK_ALLOWED_NETWORKS: '10.0.0.0/8' }),
      'callback-targets',
      'warning',
      /10\.0\.0\.0\/8/,
    );
    const unknown = await deployed.changedBy({ PUBLIC_URL: 'http://nowhere.invalid' });
    expect(unknown).toContainEqual(
      expect.objectContaining({
        check: 'callback-targets',
        level: 'wrong',
        found: expect.stringContaining('nowhere.invalid cannot be looked up'),
      }),
    );
  });
});
