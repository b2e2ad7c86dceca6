import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';

/** An attempt at the customer's endpoint. */
export interface Received {
  path: string;
  event: CallbackEvent;
  /** The same on every attempt at one event. */
  webhookId: string;
  sequence: number;
  isSigned: boolean;
  answered: number;
}

const EVENTS = '/events';
const FALLBACK = '/fallback';

/** The customer's HTTP server on a loopback port: it takes every event, unless it is told to fail at its callbackUrl. */
export class Customer {
  readonly received: Received[] = [];
  isFailing = false;
  private readonly server = createServer((request, response) => {
    readText(request).then(
      (text) => {
        const received = this.receivedFrom(request, text);
        this.received.push(received);
        response.writeHead(received.answered).end();
      },
      () => response.destroy(),
    );
  });

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get callbackUrl(): string {
    return this.url(EVENTS);
  }

  get fallbackUrl(): string {
    return this.url(FALLBACK);
  }

  /** The events that were answered 200, each once, in the order in which they first came. */
  events(): Received[] {
    const taken = this.received.filter(({ answered }) => answered === 200);
    const isFirst = ({ webhookId }: Received, index: number) =>
      taken.findIndex((other) => other.webhookId === webhookId) === index;
    return taken.filter(isFirst);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private url(path: string): string {
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the customer listens on no port');
    return `http://127.0.0.1:${address.port}${path}`;
  }

  private receivedFrom({ url = '/', headers }: IncomingMessage, text: string): Received {
    const header = (name: string) => String(headers[name] ?? '');
    return {
      path: url,
      event: saidBy(callbackEvent.parse(JSON.parse(text))),
      webhookId: header('webhook-id'),
      sequence: Number(header('convoke-sequence')),
      isSigned: isSigned(text, headers),
      answered: this.isFailing && url === EVENTS ? 500 : 200,
    };
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function isSigned(text: string, headers: IncomingMessage['headers']): boolean {
  try {
    const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    new Webhook(LOCAL_ACCOUNT.webhookSecret).verify(text, Object.fromEntries(given));
    return true;
  } catch {
    return false;
  }
}
