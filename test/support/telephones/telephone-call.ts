import { randomBytes } from 'node:crypto';
import { addressIn, answerTo, methodOf, statusOf, valueOf, type SipMessage } from './sip.ts';
import type { Media } from './rtp.ts';

/** What a call needs of the exchange that it goes through. */
export interface Line {
  port: number;
  send(message: SipMessage): void;
}

/** One call of a telephone, from its own side. */
export class TelephoneCall {
  readonly media: Media;
  /** SIP's id of it, by which Asterisk's channel is found. */
  readonly id: string;
  state: 'ringing' | 'up' | 'over' = 'ringing';
  /** What the far end has answered, of a call that we made. */
  status: number | undefined;
  private readonly line: Line;
  private readonly tag = randomBytes(8).toString('hex');
  /** The request that came, or that we sent. */
  readonly invite: SipMessage;
  private readonly isIncoming: boolean;
  private lastAnswer: SipMessage | undefined;
  private remote = { to: '', target: '' };
  private sequence = 1;
  private hasVanished = false;

  constructor(line: Line, media: Media, invite: SipMessage, isIncoming: boolean) {
    this.line = line;
    this.media = media;
    this.invite = invite;
    this.isIncoming = isIncoming;
    this.id = valueOf(invite, 'Call-ID');
    if (isIncoming) this.remote = { to: valueOf(invite, 'From'), target: addressIn(valueOf(invite, 'Contact')) };
    else line.send(invite);
  }

  ring(): void {
    this.answer('180 Ringing');
  }

  pickUp(): void {
    if (this.state !== 'ringing') return;
    this.state = 'up';
    this.answer('200 OK', this.media.description);
    this.media.speakTo(this.invite.body);
  }

  refuse(status: '486 Busy Here' | '603 Decline'): void {
    this.answer(status);
    this.over();
  }

  hangUp(): void {
    if (this.state !== 'up') return;
    const from = this.isIncoming ? `${valueOf(this.invite, 'To')};tag=${this.tag}` : valueOf(this.invite, 'From');
    this.request('BYE', from, this.remote.to, (this.sequence += 1));
    this.over();
  }

  /** Its battery is empty: nothing comes of it any more. */
  vanish(): void {
    this.hasVanished = true;
    this.over();
  }

  /** What the far end says of this call. */
  take(message: SipMessage): void {
    if (this.hasVanished) return;
    const [method, status] = [methodOf(message), statusOf(message)];
    if (status !== undefined) return method === 'INVITE' ? this.answered(message, status) : undefined;
    if (method === 'INVITE') return this.asked(message);
    if (method === 'CANCEL') return this.cancelled(message);
    if (method === 'ACK') return;
    this.line.send(answerTo(message, '200 OK', this.tag));
    if (method === 'BYE') this.over();
  }

  /** It comes again when our answer was lost, or to see whether we are still there. */
  private asked(message: SipMessage): void {
    if (this.state !== 'up') return this.lastAnswer === undefined ? undefined : this.line.send(this.lastAnswer);
    this.line.send(answerTo(message, '200 OK', this.tag, { contact: this.contact, body: this.media.description }));
  }

  private cancelled(message: SipMessage): void {
    this.line.send(answerTo(message, '200 OK', this.tag));
    if (this.state !== 'ringing') return;
    this.answer('487 Request Terminated');
    this.over();
  }

  private answered(message: SipMessage, status: number): void {
    if (status < 200) return;
    this.remote = {
      to: valueOf(message, 'To'),
      target: addressIn(valueOf(message, 'Contact') || valueOf(this.invite, 'To')),
    };
    this.request('ACK', valueOf(this.invite, 'From'), this.remote.to, 1);
    if (this.state !== 'ringing') return;
    this.status = status;
    if (status >= 300) return this.over();
    this.state = 'up';
    this.media.speakTo(message.body);
  }

  private request(method: 'ACK' | 'BYE', from: string, to: string, sequence: number): void {
    const via = `SIP/2.0/UDP 127.0.0.1:${this.line.port};branch=z9hG4bK${randomBytes(8).toString('hex')}`;
    const headers: [string, string][] = [
      ...([
        ['Via', via],
        ['From', from],
        ['To', to],
        ['Call-ID', this.id],
      ] as [string, string][]),
      ...([
        ['CSeq', `${sequence} ${method}`],
        ['Max-Forwards', '70'],
      ] as [string, string][]),
    ];
    this.line.send({ first: `${method} ${this.remote.target} SIP/2.0`, headers, body: '' });
  }

  private answer(status: string, body = ''): void {
    this.lastAnswer = answerTo(this.invite, status, this.tag, { contact: this.contact, body });
    this.line.send(this.lastAnswer);
  }

  private get contact(): string {
    return `<sip:telephone@127.0.0.1:${this.line.port}>`;
  }

  private over(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.media.close();
  }
}
