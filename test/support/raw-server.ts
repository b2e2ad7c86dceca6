import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A server on loopback that answers requests with bytes as they are given, or does as it likes with the connection. */
export class RawServer {
  /** The requests that came, with their bodies if they came in one piece, as those of these tests do. */
  readonly requests: string[] = [];
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(
    answer: (socket: Socket, request: string) => void,
    onConnect: (socket: Socket) => void = () => undefined,
  ) {
    this.server = createServer((socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      onConnect(socket);
      socket.on('data', (chunk) => {
        const request = chunk.toString('latin1');
        this.requests.push(request);
        answer(socket, request);
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** How many are connected now. */
  get connected(): number {
    return this.sockets.size;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Whoever connects from now on is refused. */
  stopListening(): void {
    this.server.close();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
