import { createAdapter } from './asterisk/server.ts';
import { espeak, ownSpeaker, type Speaker } from './asterisk/sounds/speech.ts';
import type { Config } from './config.ts';
import { makeDataDirectory } from './data-directory.ts';
import { findAsterisk, findSpeech } from './dev/asterisk/find.ts';
import { runAsterisk, type RunningAsterisk } from './dev/asterisk/server.ts';
import { report } from './dev/progress.ts';
import { watchForStop } from './dev/stopping.ts';
import { Failure, reasonOf } from './failure.ts';
import { listen, type StartPart } from './part.ts';
import type { Logger } from './telemetry/log.ts';

/**
 * A Catapult platform on an Asterisk: the one that ASTERISK_ARI_URL names, or one that is had and started here.
 * @throws Failure that says what to set
 */
export const startAsterisk: StartPart = async (config, logger) => {
  makeDataDirectory(config.dataDir);
  const { running, ariUrl, speaker } = await asteriskFor(config, logger);
  const { port, endpoint, soundsDir: folder } = config.asterisk;
  const { allowedNetworks, targetRules, platform: account } = config;
  const sounds = { folder, allowedNetworks, targetRules, speaker };
  const dialling = { endpoint, allowedNetworks, deniedNetworks: targetRules.denied };
  const adapter = createAdapter({ ariUrl, account, dialling, sounds, logger });
  const stop = async () => {
    await adapter.close();
    await running?.stop();
  };
  try {
    const refusal = await adapter.refusal();
    if (refusal !== undefined) throw new Failure(`ASTERISK_ARI_URL names an Asterisk that cannot be used: ${refusal}.`);
    await adapter.listen().catch((error: unknown) => {
      throw new Failure(`ASTERISK_SOUNDS_DIR: ${folder} cannot be written to: ${reasonOf(error)}`);
    });
    const address = await listen(adapter.app, config.host, port, 'ASTERISK_PORT');
    const died = Promise.race([adapter.died, ...(running === undefined ? [] : [running.died])]);
    return { address, stop, died };
  } catch (error) {
    await stop();
    throw error;
  }
};

interface Found {
  /** Undefined for one of the operator's own. */
  running: RunningAsterisk | undefined;
  ariUrl: string;
  speaker: Speaker | undefined;
}

async function asteriskFor({ asterisk }: Config, logger: Logger): Promise<Found> {
  const { ariUrl, speechCommand, folder, sipPort } = asterisk;
  const own = speechCommand === undefined ? undefined : ownSpeaker(speechCommand);
  if (ariUrl !== undefined) {
    const speech = own === undefined ? await findSpeech() : undefined;
    return { running: undefined, ariUrl, speaker: own ?? (speech && espeak(speech)) };
  }
  const watch = watchForStop();
  const program = await findAsterisk(report, watch.signal);
  watch.forget();
  const running = await runAsterisk(program, { folder, sipPort }, logger);
  report(`Asterisk ${program.version} takes calls on 127.0.0.1, UDP port ${sipPort}`);
  return { running, ariUrl: running.ariUrl, speaker: own ?? (program.speech && espeak(program.speech)) };
}
