import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/server/answers.ts';
import { serveRoutes } from '../catapult/server/serve.ts';
import { createDeliverer } from '../delivery/deliver.ts';
import type { Logger } from '../telemetry/log.ts';
import { Ari } from './ari/ari.ts';
import { Listener } from './ari/listener.ts';
import { asteriskInfo, type AriEvent } from './ari/resources.ts';
import { createApi } from './api.ts';
import { SWEPT_EVERY_MS } from './budget.ts';
import { Callbacks } from './callbacks.ts';
import { Calls, type Dialling } from './calls.ts';
import { catchUp, sweep } from './catch-up.ts';
import { Conferences } from './conferences.ts';
import { Following } from './following.ts';
import { Reception } from './reception.ts';
import { Sounds, type SoundOptions } from './sounds/sounds.ts';
import { Turns } from './turns.ts';
import { refusalOfVersion } from './version.ts';
import type { World } from './world.ts';

/** It stands for a platform on the public internet: whom it calls back is its account's own bridge. */
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

export interface Adapter {
  app: FastifyInstance;
  /** Why this Asterisk cannot be used; undefined if it can, or cannot be asked now. */
  refusal(): Promise<string | undefined>;
  /** Follows what happens in Asterisk from now on. */
  listen(): Promise<void>;
  /** Rejects when another adapter has taken over: two would do everything twice. */
  died: Promise<never>;
  close(): Promise<void>;
}

export interface AdapterOptions {
  /** With user and password: `http://user:password@127.0.0.1:8088/ari`. */
  ariUrl: string;
  /** The account that Convoke has here. */
  account: { userId: string; token: string; secret: string };
  dialling: Dialling;
  sounds: SoundOptions;
  logger: Logger;
}

/** Builds a Catapult platform on an Asterisk; `app.listen` and `listen` start it. */
export function createAdapter({ ariUrl, account, dialling, sounds, logger }: AdapterOptions): Adapter {
  const ari = new Ari(ariUrl);
  const callbacks = new Callbacks(createDeliverer(EVERYWHERE, { isShared: false }));
  const hearing = () => listener.hearing();
  const world: World = {
    ari,
    callbacks,
    sounds: new Sounds(sounds),
    turns: new Turns(),
    hearing,
    telling: new Set(),
    logger,
  };
  const conferences = new Conferences(world);
  const calls = new Calls(world, conferences, dialling);
  const reception = new Reception(world, conferences);
  const following = new Following(world, conferences, calls, reception);
  const noted = (what: string) => (error: unknown) => logger.warn({ err: error }, what);
  let takenOver: (reason: Error) => void = () => undefined;
  const died = new Promise<never>((_, reject) => (takenOver = reject));
  died.catch(() => undefined);
  const listener = new Listener(ari, {
    event: (event: AriEvent) => {
      if (event.type === 'ApplicationReplaced') takenOver(new Error('Another adapter has taken this Asterisk over.'));
      else following.follow(event).catch(noted(`${event.type} of Asterisk could not be followed`));
    },
    connected: () =>
      void catchUp(world, { conferences, calls, reception }).catch(noted('what was missed could not be looked for')),
    disconnected: (why) => logger.warn({ reason: why }, 'the events of Asterisk cannot be heard'),
  });
  const loggerInstance: FastifyBaseLogger = logger;
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ ...wireServerOptions, loggerInstance, logController, forceCloseConnections: true });
  answerErrorsOnTheWire(app);
  const authenticate = (userId: string, { token, secret }: { token: string; secret: string }) =>
    userId === account.userId && token === account.token && secret === account.secret;
  serveRoutes(app, { authenticate, handlers: createApi(world, { conferences, calls, reception }) });
  app.get('/healthz', () => ({ status: 'alive' }));
  let sweeps: NodeJS.Timeout | undefined;
  return {
    app,
    died,
    refusal: async () => {
      const info = await ari.get('/asterisk/info', asteriskInfo).catch(() => undefined);
      return info && refusalOfVersion(info.system.version);
    },
    listen: async () => {
      await world.sounds.open();
      listener.listen();
      // One that is not there yet may come; that has been logged.
      await listener.hearing().catch(() => undefined);
      sweeps = setInterval(
        () => void sweep(world, conferences).catch(noted('nothing was cleared away')),
        SWEPT_EVERY_MS,
      );
    },
    close: async () => {
      clearInterval(sweeps);
      listener.close();
      await app.close();
      await reception.close();
      await world.turns.quiet();
      await callbacks.close();
      await Promise.all([world.sounds.close(), ari.close()]);
    },
  };
}
