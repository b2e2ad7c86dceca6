import { getClient } from '@temporalio/nexus';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import type { CallRequest, CreateConferenceRequest } from '../catapult/requests.ts';
import type { Conference, Member } from '../catapult/resources.ts';
import { Conferences, isConferenceId, OutcomeUnknown, type ChangeResult } from '../client/index.ts';
import { MAX_SHOWN_ID_CHARACTERS, MAX_WATCHERS } from '../conference/budget.ts';
import { outcomeOf, refusalBy } from '../conference/facts/watchers.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { Awaited } from '../conference/state/watchers.ts';
import type { ConferenceView } from '../conference/view.ts';
import { CHANGED_WITHIN_MS, CREATED_WITHIN_MS } from './budget.ts';
import { conferenceInput, createInput, dialInput, waitForInput } from './inputs.ts';
import type { ConferencePhase, Reached } from './service/index.ts';

/** What holds an account to what it may do. Both throw a CatapultError: 400 for a URL that may not be used, 429 where a limit is reached. */
export interface Admission {
  create(userId: string, request: CreateConferenceRequest, requestId: string): Promise<void>;
  dial(userId: string, call: CallRequest): void;
}

export interface NexusOptions {
  /** The queue of the workflows. */
  taskQueue: string;
  /** How long events of the conferences that it opens are tried (ms; 24 h unless given). */
  retryWindowMs?: number | undefined;
  /** Where the console is. */
  consoleUrl?: string | undefined;
  /** Without it everything is let in. */
  admission?: Admission | undefined;
}

/** What is asked for in the name of one account; what it is given may be anything. Each throws a CatapultError. */
export class AccountOperations {
  private readonly userId: string;
  private readonly options: NexusOptions;
  private known: Conferences | undefined;

  constructor(userId: string, options: NexusOptions) {
    this.userId = userId;
    this.options = options;
  }

  async create(input: unknown): Promise<ConferencePhase & ConferenceIds> {
    const { requestId, request } = createInput(input);
    await this.options.admission?.create(this.userId, request, requestId);
    const { conferenceId, ...result } = await this.conferences.create(this.userId, request, {
      ...{ idempotencyKey: requestId, timeoutMs: CREATED_WITHIN_MS },
    });
    if (result.outcome === 'refused') throw new CatapultError(result.error);
    if (result.outcome === 'unavailable') throw unavailable(result.why, result.cause);
    if (result.outcome === 'pending') return { userId: this.userId, conferenceId, phase: 'creating' };
    const { standing } = await this.viewOf({ conferenceId });
    return { userId: this.userId, conferenceId, phase: standing.phase };
  }

  async get(input: unknown): Promise<{ conference: Conference; members: Member[] }> {
    const wanted = conferenceInput(input);
    const { conference } = await this.viewOf(wanted);
    return { conference, members: (await this.conferences.members({ userId: this.userId, ...wanted })) ?? [] };
  }

  async dial(input: unknown): Promise<{ callId: string }> {
    const { requestId, call } = dialInput(input);
    this.options.admission?.dial(this.userId, call);
    const asked = { idempotencyKey: requestId, timeoutMs: CHANGED_WITHIN_MS };
    const result = doneOf(await this.conferences.dial(this.userId, call, asked), call);
    return { callId: result.outcome === 'done' ? (result.id ?? '') : '' };
  }

  async end(input: unknown): Promise<ConferencePhase> {
    const ids = this.idsOf(conferenceInput(input));
    doneOf(await this.conferences.update(ids, { state: 'completed' }, { timeoutMs: CHANGED_WITHIN_MS }), ids);
    const { standing } = await this.viewOf(ids);
    return { conferenceId: ids.conferenceId, phase: standing.phase };
  }

  /** What is waited for; `reached` where it has come already. @throws CatapultError where it cannot come any more, or too many wait. */
  async awaited(input: unknown): Promise<{ ids: ConferenceIds; awaited: Awaited; reached?: Reached }> {
    const { conferenceId, awaited } = waitForInput(input);
    const ids = this.idsOf({ conferenceId });
    const { standing, watchers } = await this.viewOf(ids);
    // The conference itself turns away whoever is one too many; a flood of them is not to reach it.
    const outcome = outcomeOf(awaited, standing) ?? (watchers >= MAX_WATCHERS ? 'too-many' : undefined);
    if (outcome === undefined) return { ids, awaited };
    if (outcome !== 'reached') throw new CatapultError(refusalBy({ outcome, standing }, awaited));
    const { hadMembers: _known, ...reached } = standing;
    return { ids, awaited, reached: { conferenceId, ...reached } };
  }

  /** On the worker's own connection, which there is only within an operation. */
  private get conferences(): Conferences {
    return (this.known ??= new Conferences(getClient(), this.options));
  }

  private idsOf({ conferenceId }: { conferenceId: string }): ConferenceIds {
    if (!isConferenceId(conferenceId) || conferenceId.includes('/')) throw noSuch(conferenceId);
    return { userId: this.userId, conferenceId };
  }

  private async viewOf(wanted: { conferenceId: string }): Promise<ConferenceView> {
    const view = await this.conferences.view(this.idsOf(wanted));
    if (view === undefined) throw noSuch(wanted.conferenceId);
    return view;
  }
}

/** @throws CatapultError the refusal, or 404. */
function doneOf(result: ChangeResult | undefined, { conferenceId }: { conferenceId: string }): ChangeResult {
  if (result === undefined) throw noSuch(conferenceId);
  if (result.outcome !== 'refused') return result;
  const { error, isUndone } = result;
  // What an error of the platform leaves open is not to be asked for again by itself.
  throw error.status >= 500 && isUndone !== true ? new OutcomeUnknown(error) : new CatapultError(error);
}

function noSuch(conferenceId: string): CatapultError {
  const shown = outsideText(conferenceId, MAX_SHOWN_ID_CHARACTERS);
  return catapultError('conference-not-found', `There is no conference ${shown}.`);
}

function unavailable(why: string, cause: unknown): CatapultError {
  const message = `${why} The conference may have begun; it is safe to send it again with the same requestId.`;
  return catapultError('gateway-unavailable', message, { cause });
}
