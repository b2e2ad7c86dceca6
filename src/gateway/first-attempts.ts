import { randomBytes } from 'node:crypto';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { platformCreateFields } from '../catapult/field-uses.ts';
import { present } from '../catapult/present.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { isStartDelayed, type ConferenceIds, type Creator, type FirstAttempt } from '../client/index.ts';
import { firstTermsOf } from '../conference/rules/leases.ts';
import type { FirstAttemptOutcome, FirstHolder } from '../conference/state/lease.ts';
import type { CreationAnswer } from '../conference/view.ts';
import type { PlatformAccount, PlatformClient, PlatformOutcome } from '../platform/client.ts';
import {
  FIRST_ATTEMPT_BEGUN_WITHIN_MS,
  FIRST_ATTEMPT_WITHIN_MS,
  FIRST_REPORTED_AFTER_MS,
  PLATFORM_SPARED_MS,
  REPORTED_AFTER_MS,
} from './budget.ts';
import { RESET_BELIEVED_MS } from '../platform/budget.ts';
import type { Forwarder } from './forwarder.ts';
import type { Creating, Leases } from './leases.ts';

export interface FirstAttemptsOptions {
  platform: PlatformClient;
  platformAccount: PlatformAccount;
  /** Of an account that has one of its own there. */
  platformAccountOf?: ((userId: string) => PlatformAccount | undefined) | undefined;
  callbackTokens: CallbackTokens;
  /** Where the platform's callbacks of a channel reach a gateway. */
  bridgeUrl: (channel: 'primary' | 'fallback') => string;
  forwarder: Forwarder;
  leases: Leases;
}

interface Attempt extends Pick<Creating, 'end'> {
  ids: ConferenceIds;
  request: CreateConferenceRequest;
  holder: FirstHolder;
  /** Milliseconds, monotonic. */
  begunAt: number;
}

/**
 * The first attempts to create conferences: the gateway asks the platform itself, as soon as the conference's workflow has been started, and
 * answers its caller before any workflow task. While the platform has trouble the workflows make all attempts.
 */
export class FirstAttempts implements Creator {
  private readonly options: FirstAttemptsOptions;
  /** Until when the platform is left to the workflows (ms, monotonic). */
  private sparedUntil = 0;

  constructor(options: FirstAttemptsOptions) {
    this.options = options;
  }

  begin(ids: ConferenceIds, request: CreateConferenceRequest): FirstAttempt | undefined {
    const begunAt = performance.now();
    if (begunAt < this.sparedUntil) return undefined;
    const { leases, forwarder } = this.options;
    const creating = leases.create(ids);
    if (creating === undefined) return undefined;
    const { end, ...place } = creating;
    const attemptId = `${randomBytes(12).toString('hex')}.0`;
    const holder = { attemptId, ...place };
    return {
      holder,
      make: () => this.make({ ids, request, holder, begunAt, end }),
      drop: ({ isStarted }) => {
        if (isStarted) forwarder.reportAttempt(ids, { attemptId, outcome: 'open', mayHaveMade: false });
        end({ isCreated: false });
      },
    };
  }

  private async make({ ids, request, holder, begunAt, end }: Attempt): Promise<CreationAnswer> {
    const { forwarder, leases } = this.options;
    // Whoever was stopped for a while is not expected any more.
    const isLate = performance.now() - begunAt > FIRST_ATTEMPT_BEGUN_WITHIN_MS;
    const outcome: FirstAttemptOutcome = isLate
      ? { attemptId: holder.attemptId, outcome: 'open', mayHaveMade: false }
      : outcomeOf(holder, await this.ask(ids, request, holder));
    if (outcome.outcome === 'created') {
      const waitMs = isStartDelayed(request) ? FIRST_REPORTED_AFTER_MS : REPORTED_AFTER_MS;
      forwarder.reportAttempt(ids, outcome, { waitMs });
      leases.begin(ids, firstTermsOf(request, holder, { ...outcome, now: Date.now() }), begunAt);
    } else forwarder.reportAttempt(ids, outcome);
    end({ isCreated: outcome.outcome === 'created' });
    if (outcome.outcome === 'created') return { outcome: 'created' };
    if (outcome.outcome === 'refused') return { outcome: 'refused', error: outcome.error };
    await leases.flush(ids);
    return { outcome: 'pending' };
  }

  private async ask(
    ids: ConferenceIds,
    request: CreateConferenceRequest,
    { attemptId }: FirstHolder,
  ): Promise<PlatformOutcome> {
    const { platform, platformAccount, platformAccountOf, callbackTokens, bridgeUrl } = this.options;
    const bridge = { primaryUrl: bridgeUrl('primary'), fallbackUrl: bridgeUrl('fallback') };
    const callbacks = callbackTokens.callbacksOf({ ...ids, attemptId }, bridge);
    const body = { ...platformCreateFields(request), ...callbacks };
    const outcome = await platform.createConference(
      platformAccountOf?.(ids.userId) ?? platformAccount,
      body,
      FIRST_ATTEMPT_WITHIN_MS,
    );
    const isAnswer = outcome.outcome === 'done' || outcome.outcome === 'refused';
    if (!isAnswer) this.sparedUntil = performance.now() + PLATFORM_SPARED_MS;
    return outcome;
  }
}

function outcomeOf({ attemptId }: FirstHolder, asked: PlatformOutcome): FirstAttemptOutcome {
  const open = (mayHaveMade: boolean) => ({ attemptId, outcome: 'open' as const, mayHaveMade });
  switch (asked.outcome) {
    case 'done':
      // The platform client promises the id of what it made.
      return asked.id === undefined ? open(true) : { attemptId, outcome: 'created', platformId: asked.id };
    case 'refused':
      return { attemptId, outcome: 'refused', error: asked.error };
    case 'rate-limited': {
      const isBelieved = asked.retryAt - Date.now() <= RESET_BELIEVED_MS;
      return present({ ...open(false), retryAt: isBelieved ? asked.retryAt : undefined });
    }
    case 'unavailable':
    case 'lost':
      return open(asked.isUndone !== true);
  }
}
