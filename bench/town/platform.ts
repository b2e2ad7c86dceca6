import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isSuccess, send, serve, type Serving } from '../http.ts';
import { sendPipelined } from './burst.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Meter } from './meter.ts';
import { callbackBody, memberIds, type Step, type Told } from './story.ts';

/** How long an event's answer is waited for, as Catapult does at most (ms). */
const ANSWER_WITHIN_MS = 10_000;
/** An event that was not taken is sent again, so that what is lost is lost by the system under test alone. */
const AGAIN_AFTER_MS = 100;
/** Not for ever, of course: then it tells nothing more of that conference. */
const AGAIN_FOR_MS = 60_000;

/** How a conference's events follow each other: so many ms apart, each after the answer to the last at the soonest; or all at once. */
export type Pace = { gapMs: number } | 'burst';

const createRequest = z.looseObject({
  from: z.string(),
  callbackUrl: z.string().optional(),
  tag: z.string().optional(),
});

/** A conference as the platform has it. */
interface Conference extends Told {
  lifecycle: Lifecycle;
  callbackUrl: URL | undefined;
}

/** The platform of the systems under test: creates conferences and tells what happens in them, by a story. */
export class Platform {
  /** Events that were not taken at first and were sent again. */
  resent = 0;
  /** Lifecycles for which a second conference was created. */
  createdTwice = 0;
  /** Called with each lifecycle whose conference was created: what happens in it is the cell's matter. */
  whenCreated: (lifecycle: Lifecycle) => void = () => undefined;
  private server: Serving | undefined;
  private readonly conferences = new Map<string, Conference>();
  private count = 0;
  private readonly port: number;
  private readonly meter: () => Meter;
  private readonly lifecycleOf: (from: string) => Lifecycle | undefined;

  /** `lifecycleOf` answers whose conference is created from this number. */
  constructor(port: number, meter: () => Meter, lifecycleOf: (from: string) => Lifecycle | undefined) {
    this.port = port;
    this.meter = meter;
    this.lifecycleOf = lifecycleOf;
  }

  get url(): string {
    return `http://127.0.0.1:${this.server?.port ?? this.port}`;
  }

  async open(): Promise<void> {
    this.server = await serve(this.port, (request, text, response) => this.answer(request, text, response));
  }

  close(): void {
    this.server?.close();
  }

  /** Tells one step, until it is taken or nobody looks any more. Answers whether it was taken. */
  async tell(lifecycle: Lifecycle, index: number): Promise<boolean> {
    const conference = this.conferences.get(lifecycle.platformId ?? '');
    const step = lifecycle.story[index];
    if (conference?.callbackUrl === undefined || step === undefined) return false;
    const begun = performance.now();
    for (let isFirst = true; !lifecycle.isAbandoned && lifecycle.platformId === conference.id; isFirst = false) {
      const sentAt = performance.now();
      if (sentAt > begun + AGAIN_FOR_MS) break;
      lifecycle.sent(index);
      const status = await this.post(conference.callbackUrl, bodyOf(conference, step, index));
      if (isSuccess(status)) {
        if (isFirst) this.meter().acknowledged(performance.now() - sentAt);
        return true;
      }
      this.resent += 1;
      await sleep(AGAIN_AFTER_MS);
    }
    return false;
  }

  private async post(url: URL, body: object): Promise<number> {
    return send('POST', url, body, { timeoutMs: ANSWER_WITHIN_MS }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** Tells the whole story. */
  async tellAll(lifecycle: Lifecycle, pace: Pace): Promise<void> {
    if (pace === 'burst') return this.tellAtOnce(lifecycle);
    const { platformId } = lifecycle;
    for (let index = 0; index < lifecycle.story.length && lifecycle.platformId === platformId; index++) {
      const begun = performance.now();
      if (!(await this.tell(lifecycle, index))) return;
      const rest = pace.gapMs - (performance.now() - begun);
      if (rest > 0 && index < lifecycle.story.length - 1) await sleep(rest);
    }
  }

  private async tellAtOnce(lifecycle: Lifecycle): Promise<void> {
    const conference = this.conferences.get(lifecycle.platformId ?? '');
    if (conference?.callbackUrl === undefined) return;
    const taken = new Set<number>();
    const sentAt = performance.now();
    lifecycle.story.forEach((_, index) => lifecycle.sent(index));
    const bodies = lifecycle.story.map((step, index) => bodyOf(conference, step, index));
    await sendPipelined(conference.callbackUrl, bodies, (index, status) => {
      if (!isSuccess(status)) return;
      taken.add(index);
      this.meter().acknowledged(performance.now() - sentAt);
    }).catch(() => undefined);
    for (const index of lifecycle.story.keys()) {
      if (taken.has(index)) continue;
      this.resent += 1;
      if (!(await this.tell(lifecycle, index))) return;
    }
  }

  private answer(request: IncomingMessage, text: string, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const [, userId = '', id, below] =
      /^\/v1\/users\/([^/]+)\/conferences(?:\/([^/]+))?(\/members)?/.exec(pathname) ?? [];
    if (id === undefined && request.method === 'POST') return this.create(userId, text, response);
    const conference = this.conferences.get(id ?? '');
    if (conference === undefined) return void response.writeHead(404, JSON_TYPE).end(NOT_FOUND);
    if (request.method === 'POST') return this.change(conference, text, response);
    const shown = below === undefined ? shownConference(conference) : shownMembers(conference);
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(shown));
  }

  private create(userId: string, text: string, response: ServerResponse): void {
    const { from, callbackUrl, tag } = createRequest.parse(JSON.parse(text));
    const lifecycle = this.lifecycleOf(from);
    const id = `platform-${process.pid}-${++this.count}`;
    const url = `${this.url}/v1/users/${userId}/conferences/${id}`;
    response.writeHead(201, { location: url, 'content-length': 0 }).end();
    if (lifecycle === undefined) return;
    const conference = {
      id,
      url,
      tag,
      lifecycle,
      callbackUrl: callbackUrl === undefined ? undefined : new URL(callbackUrl),
    };
    this.conferences.set(id, conference);
    if (lifecycle.platformId === undefined) return this.happenIn(conference);
    // Whoever asked the first time heard no answer. Which of the two is to live is for the system to say, by completing the other one.
    this.createdTwice += 1;
    lifecycle.spareIds.push(id);
  }

  private happenIn({ id, lifecycle }: Conference): void {
    lifecycle.platformId = id;
    lifecycle.createdAtPlatform = Date.now();
    // After the answer, which is on its way.
    setImmediate(() => this.whenCreated(lifecycle));
  }

  private change(conference: Conference, text: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-length': 0 }).end();
    const { state } = z.looseObject({ state: z.string().optional() }).parse(JSON.parse(text || '{}'));
    const { lifecycle } = conference;
    if (state !== 'completed') return;
    const spare = lifecycle.giveUp(conference.id);
    const other = this.conferences.get(spare ?? '');
    if (other !== undefined) this.happenIn(other);
    else if (conference.id === lifecycle.platformId && lifecycle.told < lifecycle.story.length)
      void this.tell(lifecycle, lifecycle.story.length - 1);
  }

  /** Forgets what was created, once nobody asks for it any more. */
  forget(): void {
    this.conferences.clear();
    this.resent = 0;
    this.createdTwice = 0;
    this.whenCreated = () => undefined;
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };
const NOT_FOUND = JSON.stringify({ category: 'not-found', code: 'conference-not-found', message: 'no', details: [] });

function bodyOf(conference: Conference, step: Step, index: number): object {
  const { instants } = conference.lifecycle;
  return callbackBody(step, conference, instants[index] ?? '', instants[0] ?? '');
}

/** A member as far as it was told of. */
interface Member {
  joinedAt: string;
  leftAt?: string;
}

function membersOf({ lifecycle }: Conference): Map<number, Member> {
  const members = new Map<number, Member>();
  for (const [index, step] of lifecycle.story.slice(0, lifecycle.told).entries()) {
    if (!('member' in step)) continue;
    const at = lifecycle.instants[index] ?? '';
    const { joinedAt = at } = members.get(step.member) ?? {};
    members.set(step.member, step.kind === 'joined' ? { joinedAt } : { joinedAt, leftAt: at });
  }
  return members;
}

function shownConference(conference: Conference): object {
  const { lifecycle, id } = conference;
  const activeMembers = [...membersOf(conference).values()].filter(({ leftAt }) => leftAt === undefined).length;
  const isCompleted = lifecycle.told === lifecycle.story.length;
  const state = isCompleted ? 'completed' : activeMembers > 0 ? 'active' : 'created';
  const completed = isCompleted ? { completedTime: lifecycle.instants.at(-1) } : {};
  return { id, state, createdTime: lifecycle.instants[0], activeMembers, hold: false, mute: false, ...completed };
}

function shownMembers(conference: Conference): object[] {
  return [...membersOf(conference)].map(([member, { joinedAt, leftAt }]) => {
    const { callId, memberId } = memberIds(conference.id, member);
    const left = leftAt === undefined ? { state: 'active' } : { state: 'completed', removedTime: leftAt };
    const call = conference.url.replace(/\/conferences\/.*/, `/calls/${callId}`);
    return { id: memberId, mute: false, hold: false, addedTime: joinedAt, call, ...left };
  });
}
