import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { catapultError } from '../../catapult/errors.ts';
import { ARI_WITHIN_MS, LISTENING_CHECKED_EVERY_MS, LISTEN_AGAIN_AFTER_MS } from '../budget.ts';
import type { Ari } from './ari.ts';
import { ariEvent, type AriEvent } from './resources.ts';

/** Hears what happens, and each time that nothing was heard before: what happened meanwhile is nowhere but in Asterisk's state. */
export interface Hears {
  event: (event: AriEvent) => void;
  connected: () => void;
  disconnected: (why: string) => void;
}

/** Listens to Asterisk's events, and goes on when the connection ends. */
export class Listener {
  private readonly ari: Ari;
  private readonly hears: Hears;
  private socket: WebSocket | undefined;
  private isClosed = false;
  private next: NodeJS.Timeout | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(ari: Ari, hears: Hears) {
    this.ari = ari;
    this.hears = hears;
  }

  listen(): void {
    const socket = new WebSocket(this.ari.eventsUrl, { handshakeTimeout: LISTENING_CHECKED_EVERY_MS });
    this.socket = socket;
    let why = 'it was closed';
    let isAlive = true;
    const check = setInterval(() => {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, LISTENING_CHECKED_EVERY_MS);
    socket.on('pong', () => (isAlive = true));
    socket.on('open', () => {
      this.hears.connected();
      for (const isHeard of this.waiting) isHeard();
    });
    socket.on('message', (data: Buffer) => {
      isAlive = true;
      const event = eventIn(data.toString());
      if (event !== undefined) this.hears.event(event);
    });
    socket.on('error', (error) => (why = error.message));
    socket.on('close', () => {
      clearInterval(check);
      if (this.isClosed) return;
      this.hears.disconnected(why);
      this.next = setTimeout(() => this.listen(), LISTEN_AGAIN_AFTER_MS);
    });
  }

  /** Resolves while it hears. @throws CatapultError 503 if it does not for as long as Asterisk may take for a request */
  async hearing(): Promise<void> {
    if (this.socket?.readyState === WebSocket.OPEN) return;
    let isHeard: () => void = () => undefined;
    const heard = new Promise<true>((resolve) => (isHeard = () => resolve(true)));
    this.waiting.add(isHeard);
    const inTime = await Promise.race([heard, sleep(ARI_WITHIN_MS, false, { ref: false })]);
    this.waiting.delete(isHeard);
    if (!inTime) throw catapultError('gateway-unavailable', 'The events of Asterisk cannot be heard.');
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.next);
    this.socket?.terminate();
  }
}

/** Undefined for whatever else Asterisk tells. */
function eventIn(text: string): AriEvent | undefined {
  try {
    return ariEvent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
