import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { z } from 'zod';
import { addAccount } from '../../src/accounts-tool.ts';
import { readConfig, refuseUnsafe } from '../../src/config.ts';
import { examine, type Found } from '../../src/doctor/examine.ts';
import type { Level } from '../../src/doctor/finding.ts';
import type { CheckName } from '../../src/doctor/list.ts';
import { startGateway } from '../../src/gateway.ts';
import { prepareNamespace } from '../../src/namespace.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { PLATFORM_ACCOUNT } from './platforms.ts';
import { dataDirectory, endOf, freePort, killAll, launch } from './processes.ts';
import { required } from './temporal.ts';
import { until } from './until.ts';

/* A deployment for the doctor: all is well in it but that this machine is not the internet. */

export const CALLBACK_KEY = 'k1:0123456789abcdef0123456789abcdef';
export const ACCOUNTS_KEY = `a:${Buffer.alloc(32, 1).toString('base64')}`;
export type Settings = Record<string, string>;
export type Deployment = Awaited<ReturnType<typeof openDeployment>>;

export async function openDeployment() {
  const data = dataDirectory();
  const sandbox = createSandbox(PLATFORM_ACCOUNT);
  const connection = await Connection.connect({ address: required('TEST_TEMPORAL_ADDRESS') });
  const port = await freePort();
  const settings: Settings = {
    ...{ TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), TEMPORAL_NAMESPACE: await newNamespace(connection) },
    ...{ TEMPORAL_CONFIG_FILE: '/nowhere', CONVOKE_DATA_DIR: data.path },
    ...{ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, BRIDGE_FALLBACK_URL: `http://localhost:${port}` },
    ...{ ACCOUNTS_FILE: join(data.path, 'accounts.json'), ACCOUNTS_KEYS: ACCOUNTS_KEY, CALLBACK_KEYS: CALLBACK_KEY },
    AUDIT_LOG: join(data.path, 'audit.log'),
    PLATFORM_URL: await sandbox.app.listen({ host: '127.0.0.1', port: 0 }),
  };
  await addAccount(readConfig(settings), 'u-1', { scope: 'write' }, () => undefined);
  chmodSync(data.path, 0o700);
  const worker = launch(process.execPath, ['--import', 'tsx', 'src/main.ts', 'worker'], settings);
  const gateway = await startGateway(readConfig(settings), pino({ level: 'silent' }));
  await worker.until(/ready on/);
  await until('the gateway is ready', async () => (await fetch(`${settings['PUBLIC_URL'] ?? ''}/readyz`)).ok);

  const look = async (changed: Settings = {}): Promise<Found[]> => {
    const config = readConfig({ ...settings, ...changed });
    return await examine(config, refuseUnsafe('worker', config));
  };
  return {
    data,
    connection,
    settings,
    look,
    /** What the doctor finds with these settings that it does not find without them: each has the check, and what it says. */
    changedBy: async (changed: Settings): Promise<Found[]> => {
      const [before, after] = [await look(), await look(changed)];
      const isNew = ({ check, level, found }: Found) =>
        level !== 'ok' && !before.some((one) => one.check === check && one.level === level && one.found === found);
      const fresh = after.filter(isNew);
      for (const { found, advice } of fresh) expect([found, advice]).toEqual([found, expect.stringMatching(/.{5}/)]);
      return fresh;
    },
    /** `convoke doctor`, with a shell's command before it. */
    doctor: async (changed: Settings, parameters: string[] = [], limit = '') => {
      const program = [process.execPath, '--import', 'tsx', 'src/main.ts', 'doctor', ...parameters];
      const told = launch('sh', ['-c', `${limit} exec "$@"`, 'sh', ...program], { ...settings, ...changed });
      const code = await endOf(told, 60_000);
      return { code, output: told.output() };
    },
    close: async () => {
      await gateway.stop();
      await killAll(worker);
      await sandbox.close();
      await connection.close();
      data.remove();
    },
  };
}

export async function newNamespace(connection: Connection, isPrepared = true): Promise<string> {
  const namespace = `doctor-${randomUUID()}`;
  const workflowExecutionRetentionPeriod = { seconds: 30 * 86_400 } as never;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  if (isPrepared) await prepareNamespace(connection, namespace);
  return namespace;
}

export const whatIs = (found: Found[], level: Level) =>
  found.filter((one) => one.level === level).map(({ check }) => check);

export function expectOnly(found: Found[], check: CheckName, level: Level, what: RegExp): void {
  expect(found.map((one) => [one.check, one.level])).toEqual([[check, level]]);
  expect(found[0]?.found).toMatch(what);
}

const json = z.object({ exitCode: z.number(), findings: z.array(z.custom<Found>()) });

/** What `convoke doctor --json` prints. */
export const findingsIn = (output: string) => json.parse(JSON.parse(output));
