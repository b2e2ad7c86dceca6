import type { FastifyInstance, FastifyReply } from 'fastify';

/** What a platform does with one request instead of its work, or after it. */
export type Misbehaviour =
  | { answer: number; headers?: Record<string, string>; body?: object }
  /** Does the work, but its answer is lost: the connection breaks. */
  | { loseAnswer: true }
  /** Waits before it does the work (ms). */
  | { delay: number };

/** Makes the create calls of a platform misbehave in turn; when all is used up it works. */
export function misbehaving(...turns: Misbehaviour[]): (app: FastifyInstance) => void {
  const left = [...turns];
  return (app) => {
    const losing = new WeakSet<FastifyReply>();
    app.addHook('preHandler', async (request, reply) => {
      if (request.method !== 'POST' || !/\/conferences\/?$/.test(request.url)) return;
      const turn = left.shift();
      if (turn === undefined) return;
      if ('answer' in turn)
        await reply
          .code(turn.answer)
          .headers(turn.headers ?? {})
          .send(turn.body ?? {});
      if ('loseAnswer' in turn) losing.add(reply);
      if ('delay' in turn) await new Promise((resolve) => setTimeout(resolve, turn.delay));
    });
    app.addHook('onSend', async (_request, reply) => {
      if (losing.has(reply)) reply.raw.destroy();
    });
  };
}
