import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { until } from '../until.ts';
import { levelOf, RATE, toMuLaw } from './g711.ts';

const PACKET_MS = 20;
const PACKET_SAMPLES = (RATE * PACKET_MS) / 1_000;
const LEVEL = 0.25;
const KEYS = '0123456789*#';
const KEY_PACKETS = 6;

/** What a telephone says and hears (RTP with G.711, keys as RFC 4733). */
export class Media {
  /** What the far end is to send to. */
  readonly port: number;
  /** All that was heard, as mu-law. */
  readonly heard: Buffer[] = [];
  private readonly socket: Socket;
  private readonly tone: number;
  private readonly source = randomBytes(4);
  private remotePort = 0;
  private timer: NodeJS.Timeout | undefined;
  private sequence = 0;
  private samples = 0;
  private keys: { code: number; packet: number; began: number }[] = [];

  private constructor(socket: Socket, tone: number) {
    this.socket = socket;
    this.port = socket.address().port;
    this.tone = tone;
    socket.on('message', (packet) => (packet[1] ?? 0) % 128 === 0 && this.heard.push(packet.subarray(12)));
  }

  /** A telephone that says a tone (Hz) all the time; 0 is silence. */
  static async open(tone: number): Promise<Media> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new Media(socket, tone);
  }

  /** How the session is described to the far end (SDP). */
  get description(): string {
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    const audio = [`m=audio ${this.port} RTP/AVP 0 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000'];
    return [...lines, ...audio, 'a=fmtp:101 0-15', 'a=sendrecv', ''].join('\r\n');
  }

  /** Speaks to whoever described itself so; once. */
  speakTo(description: string): void {
    this.remotePort = Number(/^m=audio (\d+)/m.exec(description)?.[1] ?? 0);
    if (this.timer !== undefined) return;
    let next = performance.now();
    this.timer = setInterval(() => {
      for (; next <= performance.now(); next += PACKET_MS) this.sendNext();
    }, PACKET_MS / 2);
  }

  /** Presses keys, one after the other; resolves when the last one has been let go. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) this.keys.push({ code: KEYS.indexOf(digit), packet: 0, began: 0 });
    await until('all keys have been pressed', () => this.keys.length === 0, undefined, 5);
  }

  /** Forgets what was heard. */
  forget(): void {
    this.heard.length = 0;
  }

  /** How loud a tone is in what was heard since it forgot, from 0 to 1. */
  level(frequency: number): number {
    return levelOf(frequency, Buffer.concat(this.heard));
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.keys = [];
    this.socket.removeAllListeners('message');
    this.socket.close();
  }

  private sendNext(): void {
    const [key] = this.keys;
    if (key === undefined) this.send(0, this.nextSound(), false, this.samples);
    else this.sendKey(key);
    this.samples += PACKET_SAMPLES;
  }

  private nextSound(): Buffer {
    const at = (index: number) => Math.sin((2 * Math.PI * this.tone * (this.samples + index)) / RATE);
    return Buffer.from(Array.from({ length: PACKET_SAMPLES }, (_, index) => toMuLaw(LEVEL * at(index))));
  }

  /** The last packets say that it was let go, and some silence is before the next one. */
  private sendKey(key: { code: number; packet: number; began: number }): void {
    if (key.packet === 0) key.began = this.samples;
    key.packet += 1;
    if (key.packet <= KEY_PACKETS + 3) {
      const isOver = key.packet > KEY_PACKETS;
      const payload = Buffer.from([key.code, 10 | (isOver ? 0x80 : 0), 0, 0]);
      payload.writeUInt16BE(Math.min(key.packet, KEY_PACKETS) * PACKET_SAMPLES, 2);
      this.send(101, payload, key.packet === 1, key.began);
    } else this.send(0, Buffer.alloc(PACKET_SAMPLES, 0xff), false, this.samples);
    if (key.packet > KEY_PACKETS + 6) this.keys.shift();
  }

  private send(type: number, payload: Buffer, isFirst: boolean, timestamp: number): void {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = type + (isFirst ? 128 : 0);
    head.writeUInt16BE(this.sequence++ % 65_536, 2);
    head.writeUInt32BE(timestamp % 2 ** 32, 4);
    this.source.copy(head, 8);
    if (this.remotePort > 0) this.socket.send(Buffer.concat([head, payload]), this.remotePort, '127.0.0.1');
  }
}
