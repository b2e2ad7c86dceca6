import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { findAsterisk, type AsteriskProgram } from '../../src/dev/asterisk/find.ts';
import { runAsterisk, type RunningAsterisk } from '../../src/dev/asterisk/server.ts';
import { Customer } from './customer.ts';
import { platformClient } from './platform-client.ts';
import { telephonesAround, twoFreePorts, type Platform } from './platforms.ts';
import { freePort, killGroup, launch, type Program } from './processes.ts';
import { Exchange } from './telephones/exchange.ts';

/** An Asterisk and its adapter as processes of their own, each to be killed and started again, and the way between them to be cut. */
export class AsteriskTown {
  readonly customer: Customer;
  readonly exchange: Exchange;
  readonly way: Way;
  readonly client = platformClient(() => this.url);
  private readonly program: AsteriskProgram;
  private readonly place: { folder: string; sipPort: number; ari: { port: number; password: string } };
  private readonly port: string;
  private asterisk: RunningAsterisk | undefined;
  private adapter: Program | undefined;

  private constructor(
    parts: Pick<AsteriskTown, 'customer' | 'exchange' | 'way'>,
    program: AsteriskProgram,
    place: AsteriskTown['place'],
    port: string,
  ) {
    this.customer = parts.customer;
    this.exchange = parts.exchange;
    this.way = parts.way;
    this.program = program;
    this.place = place;
    this.port = port;
  }

  static async open(): Promise<AsteriskTown> {
    const folder = mkdtempSync(join(tmpdir(), 'convoke-asterisk-'));
    const sipPort = await twoFreePorts();
    const place = { folder, sipPort, ari: { port: Number(await freePort()), password: 'secret' } };
    const customer = await new Customer().open();
    const parts = { customer, exchange: await Exchange.open(sipPort), way: await Way.open(place.ari.port) };
    const town = new AsteriskTown(parts, await findAsterisk(() => undefined), place, await freePort());
    await town.startAsterisk();
    await town.startAdapter();
    return town;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** For Convoke above it. */
  get platform(): Platform {
    const close = () => this.close();
    return { ...telephonesAround(this.ariUrl, this.exchange), url: this.url, close };
  }

  /** Of Asterisk itself, whatever becomes of the way there. */
  get ariUrl(): string {
    return `http://convoke:secret@127.0.0.1:${this.place.ari.port}/ari`;
  }

  async startAsterisk(): Promise<void> {
    this.asterisk = await runAsterisk(this.program, this.place, pino({ level: 'silent' }));
  }

  /** As `kill -9` does. */
  async killAsterisk(): Promise<void> {
    if (this.asterisk?.pid !== undefined) process.kill(this.asterisk.pid, 'SIGKILL');
    await this.asterisk?.died.catch(() => undefined);
  }

  async startAdapter(): Promise<void> {
    this.adapter = launch(process.execPath, ['scripts/convoke.mjs', 'asterisk'], {
      ...{ ASTERISK_ARI_URL: `http://convoke:secret@127.0.0.1:${this.way.port}/ari`, ASTERISK_PORT: this.port },
      ...{ CONVOKE_DATA_DIR: join(this.place.folder, 'data') },
    });
    await this.adapter.until(/ready on/);
  }

  /** As `kill -9` does. */
  async killAdapter(): Promise<void> {
    if (this.adapter === undefined) return;
    killGroup(this.adapter);
    await this.adapter.ended;
  }

  async close(): Promise<void> {
    await this.killAdapter();
    await this.asterisk?.stop();
    this.exchange.close();
    await Promise.all([this.way.close(), this.customer.close()]);
    rmSync(this.place.folder, { recursive: true });
  }
}

/** The way from the adapter to Asterisk. */
class Way {
  readonly port: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(server: Server, to: number) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      if (this.isCut) return void near.destroy();
      const far = connect(to, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => this.sockets.delete(one) && other.destroy());
        one.pipe(other);
      }
    });
  }

  static async open(to: number): Promise<Way> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Way(server, to);
  }

  /** Breaks all connections, and lets none through until it is mended. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
