import type { FastifyInstance, FastifyReply } from 'fastify';
import { CatapultError, catapultError, errorBody } from '../errors.ts';
import { writeExactly } from '../exact-numbers.ts';
import { STREAM_KEPT_OPEN_EVERY_MS, STREAM_LOOKED_AT_EVERY_MS, STREAM_TAKEN_UP_AFTER_MS } from './budget.ts';

/* Answers that go on: server-sent events. */

export interface Message {
  id: string;
  body: unknown;
}

/**
 * Tells of each reply when it is over: nobody reads it any more, who reads it may not any more, or the server stops. To be called before the
 * server listens.
 */
export function endsOfStreams(app: FastifyInstance): (reply: FastifyReply, mayGoOn: () => boolean) => AbortSignal {
  const open = new Map<AbortController, () => boolean>();
  const endSome = () => open.forEach((mayGoOn, one) => (mayGoOn() ? undefined : one.abort()));
  const timer = setInterval(endSome, STREAM_LOOKED_AT_EVERY_MS).unref();
  // Without it the server would wait for streams that do not end.
  app.addHook('preClose', async () => {
    clearInterval(timer);
    for (const one of open.keys()) one.abort();
  });
  return ({ raw }, mayGoOn) => {
    const gone = new AbortController();
    open.set(gone, mayGoOn);
    raw.once('close', () => {
      open.delete(gone);
      gone.abort();
    });
    return gone.signal;
  };
}

/** Sends messages as they come, and in between what keeps the connection open. */
export function sendStream(
  reply: FastifyReply,
  messages: AsyncIterable<Message>,
  show: (body: unknown) => unknown,
  gone: AbortSignal,
): FastifyReply {
  const text = ReadableStream.from(encoded(written(messages, show, gone)));
  // A proxy that gathers answers would keep messages back.
  const headers = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
  return reply.headers(headers).type('text/event-stream; charset=utf-8').send(text);
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield new TextEncoder().encode(text);
}

async function* written(
  messages: AsyncIterable<Message>,
  show: (body: unknown) => unknown,
  gone: AbortSignal,
): AsyncGenerator<string> {
  yield `retry: ${STREAM_TAKEN_UP_AFTER_MS}\n: follows\n\n`;
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (let next: Promise<IteratorResult<Message, unknown>> = iterator.next(); ;) {
      const came = await orNothing(next);
      if (came === undefined) yield ': still there\n\n';
      else if (came.done === true) {
        yield 'event: end\ndata: {}\n\n';
        return;
      } else {
        const { id, body } = came.value;
        yield `id: ${id}\ndata: ${writeExactly(show(body))}\n\n`;
        next = iterator.next();
      }
    }
  } catch (error) {
    // Who is cut off takes it up again.
    if (!gone.aborted) yield `event: error\ndata: ${JSON.stringify(errorBody(wireOf(error)))}\n\n`;
  }
}

function wireOf(error: unknown) {
  return error instanceof CatapultError ? error.wire : ended().wire;
}

function ended(): CatapultError {
  return catapultError('gateway-unavailable', 'The stream has ended; take it up again.');
}

/** The answer where a stream was over before its first word: the server stops, or nobody is there to be answered, which is no fault. */
export function endedBeforeItBegan(reply: FastifyReply): FastifyReply {
  if (!reply.raw.destroyed) throw ended();
  return reply.hijack();
}

/** What comes soon; undefined if nothing does. */
async function orNothing<Value>(next: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const nothing = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), STREAM_KEPT_OPEN_EVERY_MS);
  });
  return await Promise.race([next, nothing]).finally(() => clearTimeout(timer));
}
