import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { freePort } from '../../src/dev/ports.ts';
import { until } from './until.ts';

/** A request that reached a customer. */
export interface Received {
  path: string;
  /** The path and the query, and the body, as they were sent. */
  target: string;
  text: string;
  method: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  at: number;
  /** The status that it was answered by now, unless whoever sent it had gone before. */
  answered: () => number | undefined;
}

/** A request that brought the customer an event. */
export interface Delivery {
  conferenceId: string;
  path: string;
  /** The same on every attempt at one event. */
  webhookId: string;
  sequence: number;
  event: CallbackEvent;
  /** Epoch milliseconds. */
  at: number;
  /** The status that the customer answered; undefined if it did not. */
  answered: number | undefined;
}

/** What a request brought, of which one knows whose conference it is about. */
export function deliveryOf({ path, headers, body, at, answered }: Received, conferenceId: string): Delivery {
  return {
    conferenceId,
    path,
    webhookId: String(headers['webhook-id']),
    sequence: Number(headers['convoke-sequence']),
    event: saidBy(callbackEvent.parse(body)),
    at,
    answered: answered(),
  };
}

/** How a customer answers: a status, or whatever it does with the response itself. */
export type Answer = number | ((response: ServerResponse, request: Received) => void);

/** A customer's HTTP server on a loopback port. Paths answer 200 unless told otherwise; everything received is kept. */
export class Customer {
  readonly received: Received[] = [];
  private readonly answers = new Map<string, Answer>();
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://customer');
      const text = Buffer.concat(chunks).toString();
      const received: Received = {
        path: url.pathname,
        target: request.url ?? '',
        text,
        method: request.method ?? '',
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        at: Date.now(),
        answered: () => (response.headersSent && !isGone ? response.statusCode : undefined),
      };
      let isGone = false;
      response.on('close', () => (isGone = !response.headersSent));
      this.received.push(received);
      const answer = this.answers.get(url.pathname) ?? 200;
      if (typeof answer === 'number') response.writeHead(answer).end();
      else answer(response, received);
    });
  });

  async open(given?: number): Promise<this> {
    const port = given ?? (await freePort());
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  /** Refuses connections, and breaks those there are, until what it answers with is called. */
  async goAway(): Promise<() => Promise<void>> {
    const { port } = this.server.address() as AddressInfo;
    await this.close();
    return async () => {
      await this.open(port);
    };
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  answer(path: string, answer: Answer): void {
    this.answers.set(path, answer);
  }

  /** What a path received, in order. */
  at(path: string): Received[] {
    return this.received.filter((received) => received.path === path);
  }

  /** What a path has received, once that is so many requests. @throws after `withinMs`. */
  async until(path: string, count: number, withinMs?: number): Promise<Received[]> {
    const look = () => {
      const received = this.at(path);
      if (received.length < count) throw new Error(`there are ${received.length}`);
      return received;
    };
    return await until(`${count} requests at ${path}`, look, withinMs, 5);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
