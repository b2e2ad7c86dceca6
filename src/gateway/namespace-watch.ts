import { NAMESPACE_LOOKED_AT_AGAIN_EVERY_MS, NAMESPACE_LOOKED_AT_EVERY_MS } from './budget.ts';
import type { Logger } from '../telemetry/log.ts';

/** What is wrong with what lies between us and the workers, in sentences; each is logged once. @throws when Temporal does not answer. */
export type Look = () => Promise<{ lacks?: string; warnings: string[] }>;

/** What was seen last: `ready`, what conferences lack, or that nobody could look yet. */
export interface NamespaceWatch {
  seen(): string;
  stop(): void;
}

/**
 * Looks at Temporal as soon as it is there, and again from time to time, and logs what it finds, also that it is not there: the gateway
 * starts without Temporal, and the workers after it. `temporal` says which one it is, and by which settings.
 */
export function watchNamespace(look: Look, temporal: string, logger: Logger): NamespaceWatch {
  let seen = 'unknown';
  let isAway = false;
  let logged = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function lookOnce(): Promise<void> {
    let isWell = false;
    try {
      const { lacks, warnings } = await look();
      if (isAway) logger.info(`${temporal}: it answers`);
      isAway = false;
      if (lacks !== undefined && !logged.has(lacks)) logger.error(lacks);
      for (const warning of warnings) if (!logged.has(warning)) logger.warn(warning);
      if (lacks === undefined && seen !== 'ready') logger.info('Temporal has what conferences need');
      logged = new Set([...(lacks === undefined ? [] : [lacks]), ...warnings]);
      seen = lacks ?? 'ready';
      isWell = logged.size === 0;
    } catch (error) {
      // What was seen may hold still.
      if (!isAway && !isStopped) logger.warn(`${temporal}: it does not answer (${String(error)})`);
      isAway = true;
    }
    if (!isStopped)
      timer = setTimeout(
        () => void lookOnce(),
        isWell ? NAMESPACE_LOOKED_AT_AGAIN_EVERY_MS : NAMESPACE_LOOKED_AT_EVERY_MS,
      ).unref();
  }

  void lookOnce();
  return {
    seen: () => seen,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
