import { parseArgs } from 'node:util';
import { SAME_KEYPRESS_MS } from '../../src/budget.ts';
import { Failure, reasonOf } from '../../src/failure.ts';
import type { PlatformName } from '../../src/dev/start.ts';
import { tellOnAsterisk } from './asterisk.ts';
import { findOrStart, type Convoke } from './convoke.ts';
import { create } from './scenes/creating.ts';
import { end, settle } from './scenes/ending.ts';
import { gather, mute } from './scenes/people.ts';
import { failCallbackUrl, killWorker, refuseStrangers } from './scenes/trouble.ts';
import { Stage } from './stage.ts';
import { begin, complain, print, Unexpected } from './tell.ts';

const HELP = `npm run demo: a conference in trouble, told as a story.

A conference is created while the platform's answer is lost, people are dialled, the customer's endpoint fails, the worker
is killed and replaced, strangers come, and all ends well. Each line tells what was observed and which promise it shows.

It plays on the npm start that runs with the same settings (PORT, SANDBOX_PORT, CONVOKE_DATA_DIR, ...; the README lists
them), and leaves that as it was, but for a worker that was replaced. If none runs, it starts one and stops it at the end.

With --platform asterisk it tells another story: three SIP telephones in a conference on a real Asterisk, and what each of them hears.
What one of them heard is left as a WAV file.

Exit code: 0 when all was as promised, 1 when something was not, 130 after Ctrl-C (which ends the conference first).
`;

async function play(convoke: Convoke, signal: AbortSignal): Promise<void> {
  const stage = new Stage(convoke, signal);
  await stage.customer.open();
  try {
    await Promise.race([convoke.died, story(stage)]);
    if (convoke.afterwards !== undefined) print(convoke.afterwards);
  } catch (error) {
    if (error instanceof Unexpected) complain(error);
    throw error;
  } finally {
    if (signal.aborted) print('\nStopping: the conference is ended first ...');
    await stage.clear();
  }
}

async function onAsterisk(convoke: Convoke): Promise<void> {
  try {
    await tellOnAsterisk(convoke);
  } catch (error) {
    if (error instanceof Unexpected) complain(error);
    throw error;
  }
}

async function story(stage: Stage): Promise<void> {
  await tellFaults(stage);
  begin('A conference in trouble');
  await create(stage);
  const people = await gather(stage);
  await mute(stage, people);
  await failCallbackUrl(stage, people);
  await killWorker(stage, people);
  await refuseStrangers(stage);
  await end(stage, people);
  await settle(stage);
}

/** Faults that are on already are left on, and may be why something is not as promised. */
async function tellFaults({ sandbox, faults }: Stage): Promise<void> {
  const others = await faults.ofOthers();
  for (const fault of others) print(`A fault is on in the sandbox, which the story may meet: ${JSON.stringify(fault)}`);
  if (others.length > 0) print(`(curl -X DELETE ${sandbox.url}/sandbox/faults ends all faults.)`);
}

/** Aborted by Ctrl-C; a second one ends the process where it is. */
function stopRequest(): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  for (const event of ['SIGINT', 'SIGTERM'] as const) {
    process.on(event, () => {
      if (controller.signal.aborted && performance.now() - asked > SAME_KEYPRESS_MS) process.exit(130);
      if (!controller.signal.aborted) asked = performance.now();
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(platform: PlatformName): Promise<number> {
  // Whoever read this may be gone; that must not keep the demo from clearing up.
  process.stdout.on('error', () => undefined);
  const signal = stopRequest();
  let convoke: Convoke | undefined;
  try {
    convoke = await findOrStart(signal, platform);
    if (platform === 'asterisk') await Promise.race([convoke.died, onAsterisk(convoke)]);
    else await play(convoke, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    if (error instanceof Failure) print(error.message);
    else if (!(error instanceof Unexpected))
      print(error instanceof Error ? (error.stack ?? error.message) : reasonOf(error));
    return 1;
  } finally {
    await convoke?.stop();
  }
}

try {
  const options = { help: { type: 'boolean', short: 'h' }, platform: { type: 'string', default: 'sandbox' } } as const;
  const { help, platform } = parseArgs({ options }).values;
  if (help === true) process.stdout.write(HELP);
  else if (platform === 'sandbox' || platform === 'asterisk') process.exit(await main(platform));
  else throw new Error(`--platform: got "${platform}", wants sandbox or asterisk.`);
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\nnpm run demo -- --help says what it does.\n`);
  process.exit(2);
}
