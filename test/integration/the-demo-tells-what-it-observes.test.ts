import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { SandboxControls } from '../support/controls.ts';
import { dataDirectory, freePort, killAll, launch, processes, type Program } from '../support/processes.ts';

const DEMO_TAKES = 120_000;

let settings: Record<string, string>;
let data: ReturnType<typeof dataDirectory>;
let running: Program[] = [];

async function ownSettings(): Promise<void> {
  data = dataDirectory();
  const [PORT = '', SANDBOX_PORT = '', TEMPORAL_PORT = '', TEMPORAL_UI_PORT = ''] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  settings = { PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, CONVOKE_DATA_DIR: data.path };
}

async function endAll(): Promise<void> {
  await Promise.all(running.map(killAll));
  running = [];
  data.remove();
}

function run(...parameters: string[]): Program {
  const program = launch('npm', parameters, settings);
  running.push(program);
  return program;
}
const demo = () => run('run', 'demo');

const sandbox = () => new SandboxControls(`http://127.0.0.1:${settings['SANDBOX_PORT']}`);
/** The demo's conferences that are not completed on the platform. */
const stillOpen = async () => {
  const all = await sandbox().conferences();
  return all.filter(({ state, tag }) => tag === 'demo' && state !== 'completed');
};

describe('where no npm start runs', () => {
  beforeAll(ownSettings);
  afterAll(endAll);

  test(
    'it starts what it needs, shows its promises, and stops what it started',
    async () => {
      const { ended, output } = demo();
      expect([await ended, output()]).toEqual([0, expect.stringContaining('In the Temporal UI:')]);
      for (const promise of [1, 2, 3, 4, 6, 7]) expect(output()).toContain(`✓ promise ${promise}: `);
      expect(output()).toMatch(/kill -9: the worker, process \d+, is gone[^]*another worker, process \d+/);
      expect(output()).not.toContain('\u001b[');
      const left = processes().filter(({ command }) => command.includes(settings['TEMPORAL_PORT'] ?? ''));
      expect(left).toEqual([]);
    },
    DEMO_TAKES,
  );
});

describe('on the npm start that runs', () => {
  let start: Program;
  beforeAll(async () => {
    await ownSettings();
    start = run('start');
    await start.until(/Ctrl-C/);
  });
  afterEach(() => sandbox().endFaults());
  afterAll(endAll);

  test(
    'it shows the same, and npm start goes on, with the faults that others have set',
    async () => {
      await sandbox().fault({ on: { method: 'GET', route: '/calls' }, delay: 1, times: 7, seed: 1 });
      const before = await sandbox().faults();
      const { ended, output } = demo();
      expect([await ended, output()]).toEqual([0, expect.stringContaining('the demo uses it')]);
      expect(start.output()).toMatch(/The worker stopped by itself \(SIGKILL\): starting it again/);
      expect(await sandbox().faults()).toEqual(before);
      expect(await stillOpen()).toEqual([]);
      const answer = await fetch(`http://127.0.0.1:${settings['PORT']}${conferencesPath(LOCAL_ACCOUNT.userId)}`, {
        method: 'POST',
        headers: { authorization: basicAuth(LOCAL_ACCOUNT), 'content-type': 'application/json' },
        body: JSON.stringify({ from: '+19195551234' }),
      });
      expect(answer.status).toBe(201);
    },
    DEMO_TAKES,
  );

  test(
    'an event that the platform sends to both of our URLs is one event',
    async () => {
      await sandbox().fault({ callbacks: 'repeat-on-fallback' });
      const { ended, output } = demo();
      expect([await ended, output()]).toEqual([
        0,
        expect.stringMatching(/sent (\d+) events; the customer got \1, each/),
      ]);
    },
    DEMO_TAKES,
  );

  test(
    'when something is not as promised it says what was expected and what came, exits 1, and leaves nothing behind',
    async () => {
      await sandbox().fault({ callbacks: 'lose', event: 'conference-member active', times: 1 });
      const lost = demo();
      expect(await lost.ended).toBe(1);
      expect(lost.output()).toMatch(/✗ expected: the customer gets "conference-member active".*\n +came: +conference/);
      await sandbox().fault({ on: { method: 'POST', route: '/conferences' }, answer: { status: 403 }, times: 1 });
      const refused = demo();
      expect(await refused.ended).toBe(1);
      expect(refused.output()).toMatch(/✗ expected: POST .*\/conferences is answered 201\n +came: +403/);
      expect(await sandbox().faults()).toEqual([]);
      expect(await stillOpen()).toEqual([]);
    },
    DEMO_TAKES,
  );

  test(
    'Ctrl-C ends its conference, its fault and what it started',
    async () => {
      const { child, until, ended, output } = demo();
      await until(/Three people come together/);
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      // npm ends as the terminal's signal ends programs; the demo itself exits 130.
      expect([130, 'SIGINT']).toContain(await ended);
      expect(output()).toContain('Stopping: the conference is ended first');
      expect(await sandbox().faults()).toEqual([]);
      expect(await stillOpen()).toEqual([]);
    },
    DEMO_TAKES,
  );
});
