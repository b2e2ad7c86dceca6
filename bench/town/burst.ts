import { connect } from 'node:net';

const WITHIN_MS = 30_000;

/**
 * Writes all requests at once on one connection (HTTP pipelining) and reads the answers, which come in the same order. `answered` gets the
 * index and the status of each.
 * @throws when the connection breaks or the answers take longer than 30 s.
 */
export function sendPipelined(url: URL, bodies: readonly object[], answered: (index: number, status: number) => void) {
  return new Promise<void>((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true });
    const read = answerReader((index, status) => {
      answered(index, status);
      if (index < bodies.length - 1) return;
      socket.end();
      resolve();
    });
    socket.setTimeout(WITHIN_MS, () => socket.destroy(new Error(`a burst was not answered within ${WITHIN_MS} ms`)));
    socket.once('connect', () => socket.write(bodies.map((body) => requestText(url, body)).join('')));
    socket.on('data', (chunk) => read(chunk.toString('latin1')));
    socket.once('error', reject);
    // After `resolve` this changes nothing.
    socket.once('close', () => reject(new Error('the connection of a burst was closed before all was answered')));
  });
}

function requestText(url: URL, body: object): string {
  const text = JSON.stringify(body);
  const head = [
    `POST ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Content-Type: application/json; charset=utf-8',
    'User-Agent: BandwidthAPI/v1 (bench)',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

/** Finds the answers in what comes, wherever it was cut. */
export function answerReader(answered: (index: number, status: number) => void): (text: string) => void {
  let waiting = '';
  let count = 0;
  return (text) => {
    waiting += text;
    for (let end = endOfAnswer(waiting); end !== undefined; end = endOfAnswer(waiting)) {
      answered(count++, Number(waiting.slice(9, 12)));
      waiting = waiting.slice(end);
    }
  };
}

/** Where the first answer ends; undefined while it is not whole. Its body has a length or comes in chunks. */
function endOfAnswer(text: string): number | undefined {
  const blank = text.indexOf('\r\n\r\n');
  if (blank < 0) return undefined;
  const head = text.slice(0, blank);
  const body = blank + 4;
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const last = /(?:^|\r\n)0\r\n\r\n/.exec(text.slice(body));
    return last === null ? undefined : body + last.index + last[0].length;
  }
  const end = body + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return end <= text.length ? end : undefined;
}
