import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

/* HTTP as everything here speaks it, on either side: connections are kept, and there are as many as are needed. */

const agent = new Agent({ keepAlive: true, maxFreeSockets: 1_024 });

/** Longer than any pause of a load, so that no connection is closed between two events. */
const KEPT_MS = 120_000;

export interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

/** Sends JSON and reads the answer. @throws when none comes within the time. */
export function send(
  method: 'GET' | 'POST',
  url: URL,
  body: object | undefined,
  options: { headers?: Record<string, string>; timeoutMs: number },
): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'user-agent': 'BandwidthAPI/v1 (bench)',
      ...options.headers,
    };
    const sent = request(url, { method, agent, headers, timeout: options.timeoutMs }, (answer) => {
      readText(answer, (read) =>
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, text: read }),
      );
      answer.once('error', reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${options.timeoutMs} ms`)));
    sent.once('error', reject);
    sent.end(text);
  });
}

/** Whether an answer is a success. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

export type Handler = (request: IncomingMessage, text: string, response: ServerResponse) => void;

/** A server that listens: where, and how it ends. */
export interface Serving {
  port: number;
  close(): void;
}

/** A server on this machine alone that hands on each request with its body. With port 0 it takes one that is free. */
export async function serve(port: number, handler: Handler): Promise<Serving> {
  const server = createServer((incoming, response) => readText(incoming, (text) => handler(incoming, text, response)));
  server.keepAliveTimeout = KEPT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 1_024 }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? port) : port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function readText(message: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.once('end', () => done(Buffer.concat(chunks).toString()));
}
