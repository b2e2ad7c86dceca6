import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import type { RunningPart } from '../../src/part.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { dataDirectory, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** A server's parts hear of a new namespace within so long. */
const HEARD_WITHIN_MS = 20_000;
const KEYWORD = 2;

let connection: Connection;
const data = dataDirectory();
const opened: RunningPart[] = [];
const launched: Program[] = [];
beforeAll(async () => {
  connection = await Connection.connect({ address: required('TEST_TEMPORAL_ADDRESS') });
});
afterEach(async () => {
  for (const part of opened.splice(0)) await part.stop();
  for (const program of launched.splice(0)) {
    killGroup(program);
    await program.ended;
  }
});
afterAll(async () => {
  await connection.close();
  data.remove();
});

const settingsFor = (namespace: string) => ({
  PORT: '0',
  TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'),
  TEMPORAL_NAMESPACE: namespace,
  CONVOKE_DATA_DIR: data.path,
  // Nothing listens there: that the platform has no word to say is none of this.
  PLATFORM_URL: 'http://127.0.0.1:9',
});

async function newNamespace(retentionDays: number): Promise<string> {
  const namespace = `there-${randomUUID()}`;
  const workflowExecutionRetentionPeriod = { seconds: retentionDays * 86_400 } as never;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  return namespace;
}

async function openGateway(namespace: string): Promise<string> {
  const gateway = await startGateway(readConfig(settingsFor(namespace)), createLogger('gateway', 'fatal'));
  opened.push(gateway);
  return gateway.address ?? '';
}

async function create(gateway: string): Promise<{ status: number; message: string; path: string }> {
  const answer = await fetch(gateway + conferencesPath(LOCAL_ACCOUNT.userId), {
    method: 'POST',
    headers: { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json' },
    body: JSON.stringify({ from: '+19195551234' }),
  });
  const { message = '' } = (await answer.json().catch(() => ({}))) as { message?: string };
  return { status: answer.status, message, path: new URL(answer.headers.get('location') ?? '').pathname };
}

const UNKNOWN = `${conferencesPath(LOCAL_ACCOUNT.userId)}/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa`;

const read = async (gateway: string, path = UNKNOWN) => {
  const answer = await fetch(gateway + path, { headers: { authorization: basicAuth(LOCAL_ACCOUNT) } });
  return { status: answer.status, message: ((await answer.json()) as { message: string }).message };
};

const mute = async (gateway: string) => {
  const headers = { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json' };
  const answer = await fetch(gateway + UNKNOWN, { method: 'POST', headers, body: '{"mute":true}' });
  return { status: answer.status, message: ((await answer.json()) as { message: string }).message };
};

/** What `/readyz` says of the namespace, once it has looked. */
async function namespaceOf(gateway: string, expected: RegExp): Promise<void> {
  const look = async () => {
    const { namespace } = (await (await fetch(`${gateway}/readyz`)).json()) as { namespace: string };
    if (!expected.test(namespace)) throw new Error(`it says: ${namespace}`);
    return true;
  };
  await until(`/readyz says of the namespace ${String(expected)}`, look, HEARD_WITHIN_MS, 200);
}

function convoke(verb: string, namespace: string): Program {
  const program = launch('node', ['scripts/convoke.mjs', verb], settingsFor(namespace));
  launched.push(program);
  return program;
}

async function ran(verb: string, namespace: string): Promise<{ code: unknown; output: string }> {
  const program = convoke(verb, namespace);
  return { code: await program.ended, output: program.output() };
}

describe('where there is no such namespace', () => {
  const namespace = `nowhere-${randomUUID()}`;

  test('the gateway starts, and its answers and /readyz say so', async () => {
    const gateway = await openGateway(namespace);
    for (const { status, message } of [await create(gateway), await read(gateway), await mute(gateway)]) {
      expect([status, message]).toEqual([503, expect.stringContaining(`no namespace "${namespace}"`)]);
      expect(message).toContain('convoke setup');
    }
    await namespaceOf(gateway, /There is no namespace/);
  });

  test('the worker says so, and ends', async () => {
    const { code, output } = await ran('worker', namespace);
    expect([code, output]).toEqual([1, expect.stringContaining(`There is no namespace "${namespace}"`)]);
    expect(output).toContain('TEMPORAL_NAMESPACE');
  });

  test('setup makes it, with all that conferences need', async () => {
    const { code, output } = await ran('setup', namespace);
    expect([code, output]).toEqual([0, expect.stringContaining(`Namespace "${namespace}" was made.`)]);
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
    await namespaceOf(await openGateway(namespace), /^ready$/);
  });
});

describe('where the namespace is there, and keeps what has closed for a day', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await newNamespace(1);
  });

  test('the answers name the search attributes that are missing', async () => {
    const gateway = await openGateway(namespace);
    await namespaceOf(gateway, /lacks the search attributes .*ConferenceState/);
    const { status, message } = await create(gateway);
    expect([status, message]).toEqual([503, expect.stringContaining('search attribute')]);
    expect(message).toContain('convoke setup');
  });

  test('the worker names them, and ends', async () => {
    const { code, output } = await ran('worker', namespace);
    expect([code, output]).toEqual([1, expect.stringContaining('lacks the search attributes')]);
  });

  test('setup adds them, and says what it made; again, it says that all was there', async () => {
    const first = await ran('setup', namespace);
    expect(first.code).toBe(0);
    for (const { name } of Object.values(searchAttributes)) expect(first.output).toContain(name);
    expect(first.output).toContain('It keeps closed conferences for 30 days; it was 1.');
    expect(first.output).toMatch(/attributes that were added: ConferenceState/);
    const second = await ran('setup', namespace);
    expect(second.code).toBe(0);
    expect(second.output).toContain(`Namespace "${namespace}" was there already.`);
    expect(second.output).toMatch(/attributes that were there already: ConferenceState/);
    expect(second.output).not.toContain('added');
  });

  test('then a worker starts and a create a conference; of which it is said when no worker runs', async () => {
    const gateway = await openGateway(namespace);
    const worker = convoke('worker', namespace);
    await worker.until(/ready on/);
    // The platform is away.
    const { status, path } = await create(gateway);
    expect(status).toBe(202);
    killGroup(worker);
    await worker.ended;
    const answer = await read(gateway, path);
    expect(answer).toEqual({
      status: 503,
      message: expect.stringContaining('Temporal answers, but no worker') as unknown,
    });
  });
});

test('an attribute that has another type there is named by the worker and by setup, which end with 1', async () => {
  const namespace = await newNamespace(30);
  const { name } = searchAttributes.members;
  const other: Record<string, number> = { [name]: KEYWORD };
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: other });
  for (const verb of ['worker', 'setup']) {
    const { code, output } = await ran(verb, namespace);
    expect([code, output]).toEqual([1, expect.stringContaining(`${name} is Keyword there and must be Int`)]);
  }
});

test('a server that does not answer is named with its setting', async () => {
  const program = launch('node', ['scripts/convoke.mjs', 'setup'], {
    ...settingsFor('default'),
    TEMPORAL_ADDRESS: '127.0.0.1:9',
  });
  launched.push(program);
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(/127\.0\.0\.1:9 \(TEMPORAL_ADDRESS\)[^]*does not answer/);
});
