import assert from 'node:assert/strict';
import { leaseOf } from '../../src/conference/outbox/lease.ts';
import type { Effect } from '../../src/conference/state/effects.ts';
import type { CallbackBatch, Input } from '../../src/conference/state/inputs.ts';
import type { FirstAttemptOutcome } from '../../src/conference/state/lease.ts';
import { created, digestOf, platformId, REFUSAL } from './conference-world-events.ts';
import { World } from './conference-world.ts';

/*
 * A conference that a gateway has started and creates: its attempt ends one way or another, its report comes late, twice or never, the gateway
 * dies, callbacks come to another one.
 */

export const HOLDER = { attemptId: 'run.1', opening: 'opening-a', url: 'https://gateway.example' };

/** How the attempt ends: with the platform's answer, or without, and then something was made or not. */
export type Ending = 'created' | 'refused' | 'lost, made' | 'lost' | 'limited';

export class FirstAttemptWorld extends World {
  /** What the gateway has to report. */
  outcome: FirstAttemptOutcome | undefined;
  gateway: 'lives' | 'is dead' = 'lives';
  /** Which of the attempts have made a conference on the platform. */
  readonly made: number[] = [];
  readonly recalls: Extract<Effect, { type: 'recall-lease' }>[] = [];
  private hasEnded = false;
  private reports = 0;

  constructor() {
    super(undefined, false, HOLDER);
    this.attempts = 1;
  }

  override take(input: Input): Effect[] {
    const effects = super.take(input);
    for (const effect of effects) {
      if (effect.type === 'recall-lease') this.recalls.push(effect);
      // Nobody makes an attempt while the gateway may still make its own.
      if (effect.type === 'create') assert.equal(leaseOf(this.state), undefined);
    }
    return effects;
  }

  end(how: Ending): void {
    if (this.hasEnded || this.gateway === 'is dead') return;
    this.hasEnded = true;
    if (how === 'created' || how === 'lost, made') this.made.push(1);
    const { attemptId } = HOLDER;
    this.outcome = {
      created: { attemptId, outcome: 'created' as const, platformId: platformId(1) },
      refused: { attemptId, outcome: 'refused' as const, error: REFUSAL },
      limited: { attemptId, outcome: 'open' as const, mayHaveMade: false, retryAt: this.now + 3_000 },
      lost: { attemptId, outcome: 'open' as const, mayHaveMade: true },
      'lost, made': { attemptId, outcome: 'open' as const, mayHaveMade: true },
    }[how];
  }

  /** The report reaches the conference; without a confirmation it comes again. */
  report({ returned, isConfirmed = true }: { returned?: number; isConfirmed?: boolean } = {}): void {
    const { outcome: firstAttempt } = this;
    if (firstAttempt === undefined) return;
    if (isConfirmed) this.outcome = undefined;
    const batch: CallbackBatch = { opening: HOLDER.opening, receipts: [], firstAttempt };
    this.take({ type: 'callbacks', batch: returned === undefined ? batch : { ...batch, returned } });
  }

  /** The `created` event of an attempt comes to another gateway. */
  eventElsewhere(attempt: number): void {
    if (!this.made.includes(attempt)) return;
    const event = created(platformId(attempt));
    const about = { arrivedAt: this.now, channel: 'fallback' as const, attemptId: `run.${attempt}`, event };
    const receipts = [{ ...about, sequence: (this.reports += 1), digest: digestOf(event) }];
    this.take({ type: 'callbacks', batch: { opening: 'opening-b', receipts } });
  }

  /** The recall reaches the gateway, which reports all that it knows; one that has died is followed by another that knows nothing. */
  answerRecall(): void {
    const recall = this.recalls.shift();
    if (recall === undefined) return;
    if (this.gateway === 'lives') {
      this.end('lost');
      this.report();
      this.take({ type: 'callbacks', batch: { opening: HOLDER.opening, receipts: [], returned: recall.epoch } });
    }
    this.take({ type: 'lease-recalled', epoch: recall.epoch, isBack: true });
  }

  die(): void {
    this.gateway = 'is dead';
    this.outcome = undefined;
  }

  /** The workflow's own attempt. */
  ownAttempt(how: 'answered' | 'lost, made' | 'refused'): void {
    if (this.creating !== 'running' && this.creating !== 'told to stop') return;
    if (how !== 'refused') this.made.push(this.attempts + 1);
    if (how === 'refused') {
      this.creating = 'ended';
      this.take({ type: 'creation-failed', error: REFUSAL, final: this.attempts === 1 });
    } else this.answer(how === 'answered');
  }

  /** All that is made shows at last, and all that is under way ends. */
  rest(): void {
    this.report();
    for (const attempt of this.made) this.eventElsewhere(attempt);
    while (this.recalls.length > 0) this.answerRecall();
    this.comeToRest('not made');
  }
}
