/* DBOS Transact on PostgreSQL: a workflow with steps for each conference. A callback is a message with an idempotency key. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { z } from 'zod';
import {
  createOnPlatform,
  deliver,
  isLast,
  keyOf,
  serveConferences,
  type CreateRequest,
  type PlatformEvent,
} from '../programs/surface.ts';

const { DATABASE_URL } = z.object({ DATABASE_URL: z.string() }).parse(process.env);
const A_DAY_SECONDS = 86_400;
const CREATED_WITHIN_SECONDS = 30;

DBOS.setConfig({
  name: 'conferences',
  systemDatabaseUrl: DATABASE_URL,
  systemDatabasePoolSize: 20,
  logLevel: 'error',
  runAdminServer: false,
});

const conference = DBOS.registerWorkflow(
  async (id: string, request: CreateRequest) => {
    const again = { retriesAllowed: true, intervalSeconds: 1 };
    const create = () => createOnPlatform(id, request);
    await DBOS.setEvent('created', await DBOS.runStep(create, { ...again, name: 'create', maxAttempts: 10 }));
    for (let isOver = false; !isOver;) {
      const event = await DBOS.recv<PlatformEvent>('event', A_DAY_SECONDS);
      if (event === null) continue;
      const send = () => deliver(request.callbackUrl, id, event);
      await DBOS.runStep(send, { ...again, name: 'deliver', maxAttempts: 10_000, backoffRate: 1.2 });
      isOver = isLast(event);
    }
  },
  { name: 'conference' },
);

await DBOS.launch();
const close = await serveConferences({
  async create(id, request) {
    await DBOS.startWorkflow(conference, { workflowID: id })(id, request);
    if ((await DBOS.getEvent(id, 'created', CREATED_WITHIN_SECONDS)) === null) throw new Error('not created');
  },
  take: (id, event) => DBOS.send(id, event, 'event', `${id}:${keyOf(event)}`),
});
process.once(
  'SIGTERM',
  () =>
    void close()
      .then(() => DBOS.shutdown())
      .then(() => process.exit(0)),
);
