import type { FastifyReply, FastifyRequest } from 'fastify';
import { endsOfRequests } from './bodies.ts';
import type { Service } from './handlers.ts';

interface Visit {
  leave: () => void;
  isAtWork: boolean;
}

/**
 * Requests of users, from when they are let in until they have been worked on: also when nobody waits for the answer any more. What an answer
 * then still takes on its way, which of a stream is long, is none of it.
 */
export class Visits {
  private readonly open = new WeakMap<FastifyRequest, Visit>();
  private readonly whenOver = endsOfRequests();

  /** @throws CatapultError 429 where the service refuses it. */
  begin(service: Pick<Service, 'enter'>, request: FastifyRequest, reply: FastifyReply): void {
    if (service.enter === undefined) return;
    const { userId = '' } = request.params as { userId?: string };
    const visit = { leave: service.enter(userId), isAtWork: false };
    this.open.set(request, visit);
    // Refused, or gone, before any work began.
    this.whenOver(request, reply, () => (visit.isAtWork ? undefined : this.end(request)));
  }

  /** Does a request's work. */
  async during<Value>(request: FastifyRequest, work: () => Promise<Value>): Promise<Value> {
    const visit = this.open.get(request);
    if (visit !== undefined) visit.isAtWork = true;
    try {
      return await work();
    } finally {
      this.end(request);
    }
  }

  private end(request: FastifyRequest): void {
    const visit = this.open.get(request);
    this.open.delete(request);
    visit?.leave();
  }
}
