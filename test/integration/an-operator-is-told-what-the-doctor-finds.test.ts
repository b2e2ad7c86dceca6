import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { ALL_ACCOUNTS, pathTo } from '../../src/catapult/paths.ts';
import { diagnosis } from '../../src/catapult/watching-resources.ts';
import { checks } from '../../src/doctor/checks.ts';
import { freePort, killGroup, launch, type Program } from '../support/processes.ts';

/* A gateway whose Temporal is away: what else would an operator ask the doctor for? */

const OPERATOR = { token: 't-operator', secret: 'a secret of an operator that nobody guesses' };

let folder: string;
let program: Program;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-diagnosis-'));
  const PORT = await freePort();
  program = launch(process.execPath, ['--import', 'tsx', 'src/main.ts', 'gateway'], {
    ...{ PORT, CONVOKE_DATA_DIR: folder, TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_CONFIG_FILE: '/nowhere' },
    ...{ OPERATOR_TOKEN: OPERATOR.token, OPERATOR_SECRET: OPERATOR.secret },
  });
  await program.until(/ready on/, 60_000);
  url = `http://127.0.0.1:${PORT}`;
});
afterAll(async () => {
  killGroup(program);
  await program.ended;
  rmSync(folder, { recursive: true });
});

const ask = async () =>
  await fetch(url + pathTo('/diagnosis', { userId: ALL_ACCOUNTS }), {
    headers: { authorization: basicAuth(OPERATOR) },
  });

test('what is wrong is told with what to do, by every check, and is looked at once for all who ask within a minute', async () => {
  const answers = await Promise.all([ask(), ask()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const [one, other] = await Promise.all(answers.map(async (answer) => diagnosis.parse(await answer.json())));
  expect(other).toEqual(one);
  expect([...new Set(one?.findings.map(({ check }) => check))]).toEqual(checks.map(({ name }) => name));
  const temporal = one?.findings.find(({ check }) => check === 'temporal');
  expect(temporal).toMatchObject({ level: 'wrong', advice: expect.stringContaining('TEMPORAL_ADDRESS') as unknown });
  expect(diagnosis.parse(await (await ask()).json()).time).toBe(one?.time);
});
