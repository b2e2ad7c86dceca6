import type { RunningPart } from '../../../src/part.ts';
import { runPart } from '../../../src/run-part.ts';
import { timePasses } from '../until.ts';

/* A part that never comes to its end when it is stopped, and meets with what its argument says. */
const never = new Promise<never>(() => undefined);
const [, , what] = process.argv;

async function start(): Promise<RunningPart> {
  const keepsRunning = setInterval(() => undefined, 60_000);
  keepsRunning.ref();
  if (what === 'throws')
    setTimeout(() => {
      throw new Error('thrown');
    }, 100);
  if (what === 'rejects') setTimeout(() => void Promise.reject(new Error('rejected')), 100);
  const died =
    what === 'dies'
      ? timePasses('it is ready first', 100).then((): never => {
          throw new Error('dead');
        })
      : never;
  return { address: 'nowhere', stop: () => never, died };
}

await runPart('worker', () => Promise.resolve(start));
