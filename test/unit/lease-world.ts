import assert from 'node:assert/strict';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import { whyUnfitMessage } from '../../src/conference/facts/bounds-of-messages.ts';
import { whyNoState } from '../../src/conference/facts/bounds-of-state.ts';
import { isUnderLease } from '../../src/conference/outbox/lease.ts';
import { isRedelivery } from '../../src/conference/outbox/lane-names.ts';
import { nextBatch, nextTryAt } from '../../src/conference/outbox/outbox.ts';
import { reduce } from '../../src/conference/reduce.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { deadlinesOf } from '../../src/conference/state/deadlines.ts';
import type { Effect } from '../../src/conference/state/effects.ts';
import type { LoggedEvent } from '../../src/conference/state/event-log.ts';
import type { Input } from '../../src/conference/state/inputs.ts';
import type { DeliveryBatch } from '../../src/conference/state/outbox.ts';
import type { ConferenceState } from '../../src/conference/state/state.ts';
import { CONFERENCE, USER } from './conference-world-events.ts';
import { World } from './conference-world.ts';
import { arrivalOf, type ArrivalPlan, type Came } from './lease-arrivals.ts';
import { copyOf, Gateway, type Outgoing, type Surroundings } from './lease-gateway.ts';
import { took } from './outbox-took.ts';

/*
 * A conference and two gateways, one of which may have the lease: callbacks come to either, signals get lost or come twice, processes die,
 * clocks run out. What must never be is looked for in each step.
 */

const dialled = { from: '+19195551234', to: '+19195550000', callTimeout: 60, callbackTimeout: 10_000 };

/** A request that reached the customer. */
export interface Sent {
  by: 'gateway' | 'worker';
  sequence: number;
  id: string;
  lane: string;
  ok: boolean;
  event: Record<string, unknown>;
}

type Recall = Extract<Effect, { type: 'recall-lease' }>;

export class LeaseWorld implements Surroundings {
  state: ConferenceState;
  now: number;
  readonly gateways: readonly [Gateway, Gateway] = [new Gateway('a', this), new Gateway('b', this)];
  readonly came: Came[] = [];
  readonly sent: Sent[] = [];
  /** All that was ever accepted, by its number. */
  readonly ids = new Map<number, string>();
  /** What has happened that may cost a second delivery. */
  readonly accidents = new Set<'death' | 'expiry' | 'lost answer' | 'failed delivery'>();
  readonly recalls: Recall[] = [];
  leases = 0;
  private isReading = false;
  private readonly completing: string[] = [];
  private readonly deliveries = new Map<string, DeliveryBatch>();

  constructor(settings: Partial<CreateConferenceRequest>) {
    const world = new World(settings);
    world.answer(true);
    for (const own of [{ callbackUrl: 'https://customer.example/calls' }, {}]) {
      world.ask({ kind: 'dial', call: { ...dialled, callbackHttpMethod: 'POST', ...own } });
      world.platformSays('done');
    }
    this.state = world.state;
    this.now = world.now;
  }

  take(input: Input): void {
    // Each step begins with what would be carried to another run, and is taken there; as what gateways send is.
    this.state = copyOf(this.state);
    assert.equal(whyNoState(this.state), undefined);
    if (input.type === 'callbacks') assert.equal(whyUnfitMessage.batch(copyOf(input.batch)), undefined);
    if (input.type === 'lease-asked') assert.equal(whyUnfitMessage.ask(copyOf(input.ask)), undefined);
    const epoch = this.state.leases?.epoch ?? 0;
    const effects = reduce(this.state, copyOf(input), {
      ...{ userId: USER, conferenceId: CONFERENCE },
      now: this.now,
      nonce: 'run',
    });
    if ((this.state.leases?.epoch ?? 0) > epoch) this.leases += 1;
    for (const effect of effects) this.perform(effect);
    this.startDeliveries();
    this.look();
  }

  private perform(effect: Effect): void {
    if (effect.type === 'recall-lease') this.recalls.push(effect);
    if (effect.type === 'read-platform') this.isReading = true;
    if (effect.type === 'complete') this.completing.push(effect.platformId);
    if (effect.type === 'log' && effect.message.includes('has run out')) this.accidents.add('expiry');
  }

  /** No number for two events, one number for an event that the customer has got from a gateway. */
  private look(): void {
    for (const { sequence, id } of this.records) {
      assert.equal(this.ids.get(sequence) ?? id, id, `number ${sequence} is given to two events`);
      this.ids.set(sequence, id);
    }
  }

  get records(): LoggedEvent[] {
    const { accepted, older } = this.state.outbox.log;
    return [...Object.values(older), ...accepted];
  }

  // — gateways —

  arrive(gateway: Gateway, plan: ArrivalPlan): void {
    this.now += plan.after;
    const came = arrivalOf(plan, this.came, { at: this.now, mark: this.came.length + 1 });
    this.came.push(came);
    gateway.arrive(copyOf(came));
  }

  send({ id, sequence, event, delivery: { lane } }: Outgoing, ok: boolean): void {
    const known = this.ids.get(sequence);
    // The conference has heard of it sooner than the customer, or not at all.
    assert.equal(known ?? id, id, `event ${sequence} has another id at the gateway`);
    this.ids.set(sequence, id);
    this.sent.push({ by: 'gateway', sequence, id, lane, ok, event });
    if (!ok) this.accidents.add('failed delivery');
  }

  die(gateway: Gateway): void {
    this.accidents.add('death');
    gateway.die();
  }

  /** The latest recall reaches its gateway. */
  answerRecall(): void {
    const recall = this.recalls.shift();
    if (recall === undefined) return;
    const isBack = this.gateways.some((gateway) => gateway.recall(recall.opening));
    this.take({ type: 'lease-recalled', epoch: recall.epoch, isBack });
  }

  // — the conference —

  /** The platform knows somebody of whom it has told nothing. */
  read(member: string): void {
    if (!this.isReading) return;
    this.isReading = false;
    const addedTime = '2026-01-01T00:00:00Z';
    const unheard = {
      id: member,
      callId: `call-of-${member}`,
      state: 'active',
      mute: false,
      hold: false,
      addedTime,
    } as const;
    const members = Object.values(this.state.members).map((known) => ({ ...known, callId: known.callId }));
    const isOver = this.state.phase === 'completed' || this.state.platformCompleted;
    const conference = { state: isOver ? 'completed' : 'created', createdTime: addedTime } as const;
    this.take({
      type: 'platform-read',
      reading: { outcome: 'read', conference, members: isOver ? members : [...members, unheard] },
    });
  }

  changeUrl(callbackUrl: string): void {
    const requester = { id: `requester-${this.now}-${Math.random()}`, until: this.now + 10_000 };
    this.take({ type: 'change', change: { kind: 'conference', fields: { callbackUrl } }, requester });
  }

  confirm(): void {
    const platformId = this.completing.shift();
    if (platformId !== undefined) this.take({ type: 'platform-completed', platformId });
  }

  /** Time passes, the clock rings where it is to, and who was not reached for so long is not asked any longer. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const due = deadlinesOf(this.state.deadlines).map(([, at]) => at);
      const next = Math.max(this.now, Math.min(...due, ...this.recalls.map(({ until }) => until)));
      if (next > end) break;
      this.now = next;
      const late = this.recalls.findIndex(({ until }) => until <= this.now);
      const [recall] = late < 0 ? [] : this.recalls.splice(late, 1);
      if (recall !== undefined) this.take({ type: 'lease-recalled', epoch: recall.epoch, isBack: false });
      else {
        const before = JSON.stringify(this.state.deadlines);
        this.take({ type: 'clock' });
        if (JSON.stringify(this.state.deadlines) === before) break;
      }
    }
    this.now = Math.max(this.now, end);
    this.startDeliveries();
  }

  // — the worker —

  private startDeliveries(): void {
    for (const lane of Object.keys(this.state.outbox.lanes)) {
      if (this.deliveries.has(lane) || isUnderLease(this.state, lane)) continue;
      const batch = nextBatch(this.state.outbox, lane, this.now);
      if (batch === undefined) continue;
      this.deliveries.set(lane, copyOf(batch));
      const sending = this.gateways.filter((gateway) => gateway.mayBeSending && !isRedelivery(lane));
      assert.deepEqual(
        sending.map(({ name }) => name),
        [],
        'the worker and a gateway send at the same time',
      );
    }
  }

  /** A delivery ends: the first so many are taken; then it is over, or fails. */
  settle(count: number, ok: boolean): void {
    const [lane, batch] = [...this.deliveries][0] ?? [];
    if (lane === undefined || batch === undefined) return;
    this.deliveries.delete(lane);
    const passed = ok ? batch.events : batch.events.slice(0, count);
    const failed = ok ? undefined : batch.events[passed.length];
    for (const { sequence, id, event } of passed) this.sent.push({ by: 'worker', sequence, id, lane, ok: true, event });
    if (failed !== undefined) this.accidents.add('failed delivery');
    const attempts = took(
      passed.map(({ sequence }) => sequence),
      this.now,
    );
    const result =
      failed === undefined ? { attempts } : { attempts, failed: { sequence: failed.sequence, error: '500' } };
    this.take({ type: 'delivery-settled', lane, result });
  }

  /** The conference is ended, and all that is under way comes to its end. */
  comeToRest(): void {
    this.take({ type: 'cancel' });
    for (let round = 0; round < 500; round += 1) {
      for (const gateway of this.gateways) {
        gateway.end();
        if (!gateway.isAtRest) gateway.recall(gateway.opening);
      }
      if (mayClose(this.state) && this.deliveries.size === 0) return;
      if (this.recalls.length > 0) this.answerRecall();
      else if (this.completing.length > 0) this.confirm();
      else if (this.isReading) this.read('somebody');
      else if (this.deliveries.size > 0) this.settle(0, true);
      else this.pass(Math.max(1_000, this.nextRing() - this.now));
    }
    throw new Error(
      `the conference does not come to rest: ${JSON.stringify({ ...this.state, outbox: this.state.outbox.lanes, dedupe: 0 })}`,
    );
  }

  private nextRing(): number {
    const lanes = Object.values(this.state.outbox.lanes).flatMap((lane) => nextTryAt(lane) ?? []);
    return Math.min(...deadlinesOf(this.state.deadlines).map(([, at]) => at), ...lanes, this.now + 60_000);
  }
}
