import { connect, type Socket } from 'node:net';

/** An answer as it came over the connection. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What became of the bytes that were sent. `hung`: neither an answer nor the connection's end came in time. */
export interface Exchange {
  answers: RawAnswer[];
  /** What was left over when the connection ended. */
  rest: string;
  end: 'kept' | 'closed' | 'hung';
}

export interface RawRequest {
  bytes: Buffer;
  /** Whether the answer has no body, as for HEAD. */
  isHead: boolean;
  /** Whether the bytes are no whole request: then nothing else is sent on the connection, and it must come to its end. */
  isBroken: boolean;
  /** Whether the sender then stays, silent, as if more were to come. */
  isSilent?: boolean;
}

/** One connection at a time to a server, opened anew whenever it is gone; bytes go out as they are. */
export class RawConnection {
  private readonly address: URL;
  private readonly within: number;
  private socket: Socket | undefined;
  private received: Buffer = Buffer.alloc(0);
  private changed: () => void = () => undefined;

  /** `within` (ms) tells a hang from a server that is merely slow. */
  constructor(url: string, within: number) {
    this.address = new URL(url);
    this.within = within;
  }

  async exchange({ bytes, isHead, isBroken, isSilent = false }: RawRequest): Promise<Exchange> {
    const socket = (this.socket ??= this.open());
    this.received = Buffer.alloc(0);
    const answers: RawAnswer[] = [];
    return await new Promise((resolve) => {
      const settle = (end: Exchange['end']) => {
        clearTimeout(timer);
        this.changed = () => undefined;
        if (end !== 'kept') this.close();
        resolve({ answers, rest: this.received.toString('latin1'), end });
      };
      const timer = setTimeout(() => settle('hung'), this.within);
      this.changed = () => {
        for (let answer = this.next(isHead); answer !== undefined; answer = this.next(isHead)) {
          if (answer.status >= 200) answers.push(answer);
        }
        if (socket.destroyed) return settle('closed');
        const [first] = answers;
        if (isBroken || first === undefined) return;
        if (first.headers['connection'] !== 'close') settle('kept');
      };
      socket.write(bytes);
      if (isBroken && !isSilent) socket.end();
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const socket = connect({ host: this.address.hostname, port: Number(this.address.port), allowHalfOpen: true });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (this.socket !== socket) return;
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.changed();
    });
    // A server that closes while bytes are still on their way resets the connection: that is an end as well.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.changed();
    });
    return socket;
  }

  /** Takes one whole answer from what has come in. */
  private next(isHead: boolean): RawAnswer | undefined {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = this.received.toString('latin1', 0, end).split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const status = Number(statusLine.split(' ')[1]);
    const hasBody = !isHead && status >= 200 && status !== 204;
    const isChunked = hasBody && headers['transfer-encoding'] === 'chunked';
    const from = end + 4;
    const to = isChunked ? this.received.indexOf('0\r\n\r\n', from) + 5 : from + (hasBody ? lengthIn(headers) : 0);
    if (to > this.received.length || to < from) return undefined;
    const body = this.received.toString('utf8', from, to);
    this.received = this.received.subarray(to);
    return { status, headers, body };
  }
}

function lengthIn(headers: Record<string, string>): number {
  return Number(headers['content-length'] ?? 0);
}
