import { request as ask } from 'node:http';
import { fastify, type FastifyInstance } from 'fastify';
import { answerErrorsOnTheWire, wireServerOptions } from '../catapult/server/answers.ts';
import { takeLocalOnly } from '../catapult/server/local-only.ts';

/**
 * Temporal's UI, for people at this machine: it answers whatever name it is asked by, so that a web page that leads a name here would read every
 * conference. All it is asked goes by us; `innerPort` is where it is really.
 */
export function createTemporalUi(
  innerPort: number,
  { host, isLocal }: { host: string; isLocal: boolean },
): FastifyInstance {
  const app = fastify({ ...wireServerOptions, forceCloseConnections: true });
  answerErrorsOnTheWire(app);
  if (isLocal) takeLocalOnly(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.all('/*', (request, reply) => {
    reply.hijack();
    const { method, url, headers } = request.raw;
    const asked = ask({ host, port: innerPort, method, path: url, headers }, (answer) => {
      reply.raw.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply.raw);
      answer.on('error', () => reply.raw.destroy());
    });
    asked.on('error', () => reply.raw.destroy());
    reply.raw.on('close', () => asked.destroy());
    request.raw.pipe(asked);
  });
  return app;
}
