import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../src/failure.ts';
import { CONFERENCE_WORKFLOW } from '../../src/workflows/messages.ts';
import { ACCOUNT } from '../town/town.ts';
import { Program } from './program.ts';
import { logFile, stopAll, type Site, type System } from './system.ts';
import { startTemporal } from './temporal-server.ts';

/** Convoke as it is built in `folder`, with the settings of our environment and these. */
export function convoke(name: string, summary: string, folder: string, own: Record<string, string>): System {
  return { name, summary, start: (site) => start(site, folder, own) };
}

async function start(site: Site, checkout: string, own: Record<string, string>) {
  const main = join(checkout, 'dist/main.js');
  if (!existsSync(main)) throw new Failure(`${main} is not there: run npm run build in ${checkout}.`);
  const temporal = await startTemporal(site, main);
  const baseUrl = `http://127.0.0.1:${site.ports.gateway}`;
  const settings = {
    ...{ NODE_ENV: 'production', LOG_LEVEL: 'warn' },
    ...temporal.settings,
    ...{ PORT: String(site.ports.gateway), PUBLIC_URL: '', ACCOUNTS_FILE: '', JOURNAL_DIR: '' },
    PLATFORM_URL: site.platformUrl,
    PLATFORM_USER_ID: ACCOUNT.userId,
    PLATFORM_TOKEN: ACCOUNT.token,
    PLATFORM_SECRET: ACCOUNT.secret,
    ...own,
  };
  mkdirSync(site.folder, { recursive: true });
  const part = (verb: string) =>
    new Program({
      name: verb,
      file: process.execPath,
      parameters: [main, verb],
      settings,
      logFile: logFile(site, verb),
    }).untilReady();
  const programs: Record<string, Program> = { ...temporal.programs };
  const stop = async () => {
    const { temporal: _server, ...parts } = programs;
    await stopAll(parts);
    await temporal.stop();
  };
  try {
    programs['worker'] = await part('worker');
    programs['gateway'] = await part('gateway');
    await programs['gateway'].untilAnswers(`${baseUrl}/readyz`);
  } catch (error) {
    await stop();
    throw error;
  }
  const histories = (since: Date) => temporal.histories(CONFERENCE_WORKFLOW, since);
  return { baseUrl, programs, stop, histories, open: () => temporal.open(CONFERENCE_WORKFLOW) };
}
