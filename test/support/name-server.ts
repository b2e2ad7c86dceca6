import { createSocket, type RemoteInfo } from 'node:dgram';

/** What a name server says of a name: its addresses; none of a family is an answer too. Or it says nothing, or only later (ms). */
export interface Zone {
  ipv4?: string[];
  ipv6?: string[];
  /** Seconds. */
  ttl?: number;
  isSilent?: boolean;
  /** Says nothing of addresses of this family. */
  silentFor?: 'ipv4' | 'ipv6';
}

const TYPES = { 1: 'ipv4', 28: 'ipv6' } as const;

/** A name server on a UDP port of loopback. Names that it was told nothing of do not exist. */
export class NameServer {
  /** The names that were asked for, once for each question. */
  readonly asked: string[] = [];
  private readonly zones = new Map<string, Zone>();
  private readonly socket = createSocket('udp4', (question, from) => this.take(question, from));

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', resolve));
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  set(name: string, zone: Zone): void {
    this.zones.set(name, zone);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }

  private take(question: Buffer, { port, address }: RemoteInfo): void {
    const { name, type, end } = questionIn(question);
    this.asked.push(name);
    const zone = this.zones.get(name);
    const family = TYPES[type as keyof typeof TYPES];
    if (zone?.isSilent === true || (zone?.silentFor !== undefined && zone.silentFor === family)) return;
    const addresses = (zone === undefined ? undefined : zone[family]) ?? [];
    const head = Buffer.from(question.subarray(0, 12));
    // An answer; recursion is available; 3: there is no such name.
    head.writeUInt16BE(0x8180 | (zone === undefined ? 3 : 0), 2);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt32BE(0, 8);
    const records = addresses.map((one) => record(type, zone?.ttl ?? 60, one));
    this.socket.send(Buffer.concat([head, question.subarray(12, end), ...records]), port, address);
  }
}

function questionIn(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function record(type: number, ttl: number, address: string): Buffer {
  const data = address.includes(':') ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.alloc(12);
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [before = '', after = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups(before).length - groups(after).length }, () => '0');
  const all = [...groups(before), ...(address.includes('::') ? zeros : []), ...groups(after)];
  return Buffer.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}
