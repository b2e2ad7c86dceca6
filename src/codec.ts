import { createHash, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { keptSecret } from './accounts/kept-secret.ts';
import { CODEC_BODY_BYTES } from './budget.ts';
import { Seal } from './client/sealing.ts';
import { Failure } from './failure.ts';
import { listen, type StartPart } from './part.ts';

/*
 * The codec endpoint of Temporal's UI and CLI: opens what PAYLOAD_KEYS has sealed, for a person who looks at a workflow. The UI knows one URL for
 * it, so the token stands in that.
 */

const base64 = z.base64();
const request = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).default({}), data: base64.default('') })),
});

type ShownPayload = z.output<typeof request>['payloads'][number];

/** The codec endpoint: the process. */
export const startCodec: StartPart = async ({ temporal, codec, dataDir, host }) => {
  if (temporal.payloadKeys === undefined)
    throw new Failure('PAYLOAD_KEYS: got none, wants those of gateways and workers: else there is nothing to open.');
  const file = join(dataDir, 'codec-token');
  const app = createCodec(new Seal(temporal.payloadKeys), { ...codec, token: codec.token ?? keptSecret(file) });
  const address = await listen(app, host, codec.port, 'CODEC_PORT');
  const where = codec.token === undefined ? file : 'CODEC_TOKEN';
  return { address: `${address}/TOKEN, with the token of ${where}`, stop: () => app.close() };
};

/** Builds its server; pages of these origins, and programs, may ask it, if they know the token. */
export function createCodec(
  seal: Seal,
  { token, origins }: { token: string; origins: readonly string[] },
): FastifyInstance {
  const app = fastify({ bodyLimit: CODEC_BODY_BYTES, forceCloseConnections: true });
  app.addHook('onRequest', async ({ headers }, reply) => {
    const { origin } = headers;
    if (origin === undefined) return;
    if (!origins.includes(origin))
      return reply.code(403).send({ message: 'CODEC_ORIGINS names the pages that may ask.' });
    reply.headers({ 'access-control-allow-origin': origin, vary: 'origin' });
    // A UI that is not on this machine asks for that too, before its browser lets it reach one that is.
    if (headers['access-control-request-private-network'] === 'true')
      reply.header('access-control-allow-private-network', 'true');
  });
  app.options('/*', (_request, reply) =>
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type, x-namespace, authorization',
      })
      .send(),
  );
  app.post<{ Params: { token: string } }>('/:token/decode', {
    onRequest: async ({ params }, reply) =>
      isSame(params.token, token) ? undefined : reply.code(404).send({ message: 'There is nothing here.' }),
    handler: async ({ body }, reply) => {
      const { data } = request.safeParse(body);
      if (data === undefined) return reply.code(400).send({ message: 'wants {"payloads":[{"metadata":…,"data":…}]}' });
      return { payloads: await Promise.all(data.payloads.map((one) => openedOr(seal, one))) };
    },
  });
  return app;
}

/** What does not open is shown as it is. */
async function openedOr(seal: Seal, shown: ShownPayload): Promise<ShownPayload> {
  const bytes = (text: string) => Buffer.from(text, 'base64');
  const metadata = Object.fromEntries(Object.entries(shown.metadata).map(([name, text]) => [name, bytes(text)]));
  try {
    const [opened = {}] = await seal.decode([{ metadata, data: bytes(shown.data) }]);
    const text = (value: Uint8Array) => Buffer.from(value).toString('base64');
    const fields = Object.entries(opened.metadata ?? {}).map(([name, value]) => [name, text(value)]);
    return {
      metadata: Object.fromEntries(fields) as Record<string, string>,
      data: text(opened.data ?? new Uint8Array()),
    };
  } catch {
    return shown;
  }
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
