import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { until } from '../until.ts';
import { Media } from './rtp.ts';
import { answerTo, methodOf, parseSip, statusOf, valueOf, writeSip, type SipMessage } from './sip.ts';
import { TelephoneCall } from './telephone-call.ts';

/** What happens at a number that is dialled; times in milliseconds. */
export interface Does {
  answers?: 'yes' | 'busy' | 'no' | 'rejects' | undefined;
  after?: number | undefined;
  hangsUpAfter?: number | undefined;
  /** What it says, in Hz; 0 is silence. */
  tone?: number | undefined;
}

const RINGS_FOR_MS = 300;

/** Telephones on loopback: they take the calls for all numbers, and call in. */
export class Exchange {
  readonly calls: TelephoneCall[] = [];
  private readonly socket: Socket;
  private readonly asteriskPort: number;
  private readonly numbers = new Map<string, Does>();
  private isAway = false;
  readonly port: number;

  private constructor(socket: Socket, port: number, asteriskPort: number) {
    this.socket = socket;
    this.port = port;
    this.asteriskPort = asteriskPort;
    socket.on('message', (packet) => void this.take(parseSip(packet.toString())));
  }

  /** Opens the exchange at the port after Asterisk's, where that dials numbers. */
  static async open(asteriskPort: number): Promise<Exchange> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(asteriskPort + 1, '127.0.0.1', resolve));
    return new Exchange(socket, asteriskPort + 1, asteriskPort);
  }

  /** What the telephone with this number does from now on. */
  number(number: string, does: Does): void {
    this.numbers.set(number, does);
  }

  /** Nobody gets an answer of any kind from now on, or does so again. */
  away(isAway: boolean): void {
    this.isAway = isAway;
  }

  /** Calls in; answers the call once it is up. @throws if it is refused */
  async call(
    number: string,
    { from = '+15550002001', tone = 0 }: { from?: string; tone?: number } = {},
  ): Promise<TelephoneCall> {
    const media = await Media.open(tone);
    const id = randomBytes(8).toString('hex');
    const to = `sip:${number}@127.0.0.1:${this.asteriskPort}`;
    const headers: [string, string][] = [
      ...([
        ['Via', `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${id}`],
        ['Max-Forwards', '70'],
      ] as [string, string][]),
      ...([
        ['From', `<sip:${from}@127.0.0.1:${this.port}>;tag=${id}`],
        ['To', `<${to}>`],
      ] as [string, string][]),
      ...([
        ['Call-ID', id],
        ['CSeq', '1 INVITE'],
        ['Contact', `<sip:telephone@127.0.0.1:${this.port}>`],
      ] as [string, string][]),
    ];
    const line = { port: this.port, send: (message: SipMessage) => this.send(message) };
    const call = new TelephoneCall(
      line,
      media,
      { first: `INVITE ${to} SIP/2.0`, headers, body: media.description },
      false,
    );
    this.calls.push(call);
    await until(`the call to ${number} is answered`, () => call.state !== 'ringing', 20_000, 5);
    if (call.state === 'over') throw new Error(`the call to ${number} was refused (${call.status})`);
    return call;
  }

  /** The latest call that was dialled to a number, once there is one that is up. */
  async at(number: string): Promise<TelephoneCall> {
    return await until(`a call for ${number} is up`, () =>
      this.calls.findLast((call) => call.state === 'up' && numberIn(call.invite) === number),
    );
  }

  /** The call that has this id in SIP, once it is up. */
  async withId(id: string): Promise<TelephoneCall> {
    return await until(`the call ${id} is up`, () =>
      this.calls.find((call) => call.id === id && call.state !== 'ringing'),
    );
  }

  close(): void {
    for (const call of this.calls) if (call.state !== 'over') call.vanish();
    this.socket.close();
  }

  private async take(message: SipMessage): Promise<void> {
    if (this.isAway) return;
    const known = this.calls.find(({ id }) => id === valueOf(message, 'Call-ID'));
    if (known !== undefined) return known.take(message);
    if (statusOf(message) !== undefined || methodOf(message) === 'ACK') return;
    // Whether anybody is here, or a call that is over.
    if (methodOf(message) !== 'INVITE') return this.send(answerTo(message, '200 OK', 'exchange'));
    const number = numberIn(message);
    const does = this.numbers.get(number) ?? {};
    const media = await Media.open(does.tone ?? 0);
    const line = { port: this.port, send: (sent: SipMessage) => this.send(sent) };
    const call = new TelephoneCall(line, media, message, true);
    this.calls.push(call);
    call.ring();
    react(call, does);
  }

  private send(message: SipMessage): void {
    this.socket.send(writeSip(message), this.asteriskPort, '127.0.0.1');
  }
}

function react(call: TelephoneCall, { answers = 'yes', after = RINGS_FOR_MS, hangsUpAfter }: Does): void {
  const later = (milliseconds: number, work: () => void) =>
    setTimeout(() => call.state !== 'over' && work(), milliseconds);
  if (answers === 'busy') later(after, () => call.refuse('486 Busy Here'));
  if (answers === 'rejects') later(after, () => call.refuse('603 Decline'));
  if (answers !== 'yes') return;
  later(after, () => {
    call.pickUp();
    if (hangsUpAfter !== undefined) later(hangsUpAfter, () => call.hangUp());
  });
}

/** `+1919…` of `INVITE sip:+1919…@127.0.0.1 SIP/2.0` */
function numberIn({ first }: SipMessage): string {
  return decodeURIComponent(/^\w+ sip:([^@ ;]+)/.exec(first)?.[1] ?? '');
}
