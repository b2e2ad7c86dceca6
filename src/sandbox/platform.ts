import { randomUUID } from 'node:crypto';
import type { Credentials } from '../catapult/credentials.ts';
import { catapultError } from '../catapult/errors.ts';
import type { CallbackEvent } from '../catapult/events.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { wireTime, type Conference } from '../catapult/resources.ts';
import type { Catapult } from '../catapult/serve.ts';
import type { Attempt, Deliverer } from '../delivery/deliver.ts';

/** A callback that the sandbox sent, and what each try at the two URLs came to. */
export interface SentCallback {
  event: CallbackEvent;
  attempts: Attempt[];
}

interface SandboxConference {
  conference: Conference;
  settings: CreateConferenceRequest;
  callbacks: SentCallback[];
  /** The end of the chain of callbacks: each is sent when the one before it is through. */
  sending: Promise<void>;
}

/** A Catapult platform in memory: what a real one does with a conference that nobody has joined yet. */
export class SandboxPlatform implements Catapult {
  private readonly conferences = new Map<string, SandboxConference>();
  private readonly account: Credentials & { userId: string };
  private readonly deliverer: Deliverer;

  constructor(account: Credentials & { userId: string }, deliverer: Deliverer) {
    this.account = account;
    this.deliverer = deliverer;
  }

  authenticate(userId: string, { token, secret }: Credentials): boolean {
    return userId === this.account.userId && token === this.account.token && secret === this.account.secret;
  }

  createConference: Catapult['createConference'] = async (settings, { userId, baseUrl }) => {
    const conferenceId = `conf-${randomUUID()}`;
    const conference: Conference = {
      ...settings,
      id: conferenceId,
      state: 'created',
      createdTime: wireTime(Date.now()),
      activeMembers: 0,
      hold: false,
      mute: false,
    };
    const created = { conference, settings, callbacks: [], sending: Promise.resolve() };
    this.conferences.set(conferenceId, created);
    this.sendStatus(created, 'created', baseUrl + conferencePath(userId, conferenceId));
    return { conferenceId, status: 201 };
  };

  getConference: Catapult['getConference'] = async (conferenceId) => this.find(conferenceId).conference;

  updateConference: Catapult['updateConference'] = async (conferenceId, { state, hold, mute, ...settings }, caller) => {
    const found = this.find(conferenceId);
    if (found.conference.state === 'completed') {
      throw catapultError('conference-error', 'The conference is completed: it cannot be changed any more.');
    }
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    Object.assign(found.settings, given);
    Object.assign(found.conference, given);
    if (state === 'completed') {
      found.conference.state = 'completed';
      found.conference.completedTime = wireTime(Date.now());
      this.sendStatus(found, 'completed', caller.baseUrl + conferencePath(caller.userId, conferenceId));
    }
    return { status: 200 };
  };

  /** All that exists on the platform, completed conferences too, with the callbacks sent. */
  list(): (Conference & { callbacks: SentCallback[] })[] {
    return [...this.conferences.values()].map(({ conference, callbacks }) => ({ ...conference, callbacks }));
  }

  /** Resolves when no callback is under way any more. */
  async quiet(): Promise<void> {
    await Promise.all([...this.conferences.values()].map(({ sending }) => sending));
  }

  private find(conferenceId: string): SandboxConference {
    const found = this.conferences.get(conferenceId);
    if (found === undefined) throw catapultError('conference-not-found', `There is no conference ${conferenceId}.`);
    return found;
  }

  private sendStatus(target: SandboxConference, status: 'created' | 'completed', conferenceUri: string): void {
    const { id, createdTime, completedTime, tag } = target.conference;
    const event: CallbackEvent = {
      eventType: 'conference',
      conferenceId: id,
      conferenceUri,
      status,
      ...(createdTime === undefined ? {} : { createdTime }),
      ...(completedTime === undefined ? {} : { completedTime }),
      ...(tag === undefined ? {} : { tag }),
    };
    target.sending = target.sending.then(async () => {
      const attempts = await this.deliverer.deliver({ event }, target.settings);
      target.callbacks.push({ event, attempts });
    });
  }
}
