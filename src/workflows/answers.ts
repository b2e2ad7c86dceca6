import { ApplicationFailure, condition } from '@temporalio/workflow';
import { answersTo } from '../conference/facts/answers.ts';
import { LEASE_WAIT_MS } from '../conference/budget.ts';
import { leaseAnswerOf, lendsSoon } from '../conference/rules/leases.ts';
import type { ChangeAnswers, ChangeRequests } from '../conference/state/changes.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { LeaseAnswer, LeaseAsk } from '../conference/state/lease.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import { creationOf, type CreationAnswer } from '../conference/view.ts';
import { CONTINUING_AS_NEW } from './messages.ts';
import type { RunLimits } from './run-limits.ts';

interface AnswersOptions {
  take: (input: Input) => void;
  /** What the run brings to an end before it continues as new. */
  continuing: () => 'deliveries' | 'changes' | undefined;
  /** Whether no callbacks wait to be taken. */
  hasTakenAll: () => boolean;
}

/** What whoever sends an update to a run is answered, and when. */
export class Answers {
  private readonly state: ConferenceState;
  private readonly limits: RunLimits;
  private readonly options: AnswersOptions;
  /** The latest update of each client that sends changes. */
  private readonly latestOf = new Map<string, number>();

  constructor(state: ConferenceState, limits: RunLimits, options: AnswersOptions) {
    this.state = state;
    this.limits = limits;
    this.options = options;
  }

  async toCreated(): Promise<CreationAnswer> {
    this.options.take({ type: 'creation-awaited' });
    await condition(() => creationOf(this.state).outcome !== 'pending');
    return creationOf(this.state);
  }

  async toBegun(): Promise<null> {
    this.limits.noteUpdate();
    // What its gateway has reported is here already: signals come before updates.
    if (this.state.creation === 'lent')
      this.options.take({ type: 'lease-wanted', why: 'somebody reads the conference' });
    await condition(() => this.state.creation !== 'lent');
    return null;
  }

  toLease(ask: LeaseAsk): LeaseAnswer | Promise<LeaseAnswer> {
    this.limits.noteUpdate();
    const isPassing = () => this.options.continuing() === undefined && lendsSoon(this.state);
    if (ask.isPatient !== true || !isPassing()) return this.lend(ask);
    return condition(() => !isPassing(), LEASE_WAIT_MS).then(() => this.lend(ask));
  }

  private lend(ask: LeaseAsk): LeaseAnswer {
    if (this.options.continuing() !== undefined) return { outcome: 'refused', why: 'a new run takes over' };
    // The lease's first number comes after those of all callbacks that are here: so they are numbered first.
    const isNew = ask.epoch === undefined;
    if (isNew && !this.options.hasTakenAll()) {
      return { outcome: 'refused', why: 'callbacks wait to be taken', isPassing: true };
    }
    this.options.take({ type: 'lease-asked', ask });
    return leaseAnswerOf(this.state, ask, Date.now());
  }

  /** Ends with the first answers, or at once when the same client's next update comes: that one awaits what is still unanswered. */
  async toChanges({ client, number, requests, awaited }: ChangeRequests): Promise<ChangeAnswers> {
    this.limits.noteUpdate();
    this.latestOf.set(client, Math.max(number, this.latestOf.get(client) ?? number));
    for (const request of requests) this.options.take({ type: 'change', ...request });
    const requesters = [...requests.map(({ requester }) => requester.id), ...awaited];
    const isLatest = () => this.latestOf.get(client) === number;
    await condition(() => !isLatest() || Object.keys(answersTo(this.state, requesters)).length > 0);
    return answersTo(this.state, requesters);
  }

  /**
   * Refuses what is unfit. Whoever asks without a pause would keep this run from continuing as new; a moment later the next run takes it.
   * @throws ApplicationFailure, which whoever has sent the update gets.
   */
  refuse(unfit: string | undefined): void {
    if (unfit !== undefined) throw ApplicationFailure.nonRetryable(`The update is not taken: ${unfit}.`, 'Unfit');
    if (this.options.continuing() === 'changes')
      throw ApplicationFailure.retryable('A new run takes over; ask again.', CONTINUING_AS_NEW);
  }
}
