import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { present } from '../catapult/present.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { carried, carriedCopy, makeRoom } from '../conference/carry.ts';
import { givenAnswer } from '../conference/facts/answers.ts';
import { leaseOf } from '../conference/outbox/lease.ts';
import { isCrowded } from '../conference/outbox/outbox.ts';
import { reduce } from '../conference/reduce.ts';
import { waitsForCallbacks, waitsForLease } from '../conference/rules/leases.ts';
import { mayClose } from '../conference/rules/ending.ts';
import type { ChangeRequests } from '../conference/state/changes.ts';
import { toNotifyAgain } from '../conference/facts/watchers.ts';
import type { Effect } from '../conference/state/effects.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { LeaseAsk } from '../conference/state/lease.ts';
import { initialState, RULES, type ConferenceState } from '../conference/state/state.ts';
import { withTimeOfRun } from './scheduled.ts';
import { eventIndexOf, eventRecordsOf, membersOf, viewOf } from '../conference/view.ts';
import { complete, performChange, readPlatform, recallLease } from './activity-calls.ts';
import { Alarm } from './alarm.ts';
import { Answers } from './answers.ts';
import { create } from './creating.ts';
import { Deliveries } from './deliveries.ts';
import { Display } from './display.ts';
import { Intake } from './intake.ts';
import { measurements, tracesOf } from './measured.ts';
import {
  begunUpdate,
  callbacksSignal,
  changeAnswerQuery,
  changeSignal,
  changesUpdate,
  conferenceQuery,
  createdUpdate,
  eventIndexQuery,
  eventRecordsQuery,
  leaseUpdate,
  membersQuery,
  parseWorkflowId,
  reconcileSignal,
  redeliverSignal,
  stateQuery,
  unwatchSignal,
  watchSignal,
  type ConferenceInput,
} from './messages.ts';
import { RunLimits } from './run-limits.ts';
import { onSignal, whyUnfit } from './unfit.ts';
import { wakeUpsOf } from './wake-ups.ts';
import { tell } from './watch.ts';

/**
 * The wiring of a conference to Temporal: every decision is made by the reducer (src/conference/reduce.ts) and the outbox; this does it. A run begins with
 * a request or with the state that an earlier one carries on.
 */
export class Run {
  private readonly ids = parseWorkflowId(workflowInfo().workflowId);
  private readonly alarm = new Alarm(() => this.take({ type: 'clock' }));
  /** A cancelled workflow must still end its conference: all work runs in here, out of the cancellation's reach. */
  private readonly shield = new CancellationScope({ cancellable: false });
  private readonly deliveries: Deliveries;
  private creation: CancellationScope | undefined;
  private reading: CancellationScope | undefined;
  /** What is being brought to an end before it continues as new. */
  private continuing: 'deliveries' | 'changes' | undefined;
  private cancelled = false;
  private readonly state: ConferenceState;
  private readonly intake = new Intake({
    take: (batch) => this.step({ type: 'callbacks', batch }),
    mayTake: (batch) => !waitsForLease(this.state, { type: 'callbacks', batch }),
    onBlocked: () => this.step({ type: 'lease-wanted', why: 'another gateway has callbacks' }),
    onTaken: () => {
      for (const input of this.later.splice(0))
        if (waitsForCallbacks(this.state, input, this.intake)) this.later.push(input);
        else this.step(input);
    },
  });
  /** What is judged by all that has come, and came while callbacks still waited to be taken. */
  private readonly later: Input[] = [];
  /** Whether what follows from this task's inputs is still to be done, once for all of them. */
  private isBehind = false;
  private readonly display: Display;
  private readonly limits = new RunLimits();

  constructor(input: ConferenceInput) {
    const isNew = 'request' in input;
    const { startTime } = workflowInfo();
    const begun = (request: CreateConferenceRequest) => initialState(request, startTime.getTime(), isNew ? input : {});
    this.state = isNew ? begun(withTimeOfRun(input, this.ids)) : input.state;
    this.display = new Display(isNew ? begun(input.request) : this.state);
    this.deliveries = new Deliveries(this.state, (outcome) => this.take(outcome));
    setHandler(conferenceQuery, () => viewOf(this.state, this.ids.conferenceId));
    setHandler(stateQuery, () => carriedCopy(this.state, workflowInfo(), { ...this.ids, now: Date.now() }));
    setHandler(eventIndexQuery, () => eventIndexOf(this.state));
    setHandler(eventRecordsQuery, (sequences) => eventRecordsOf(this.state, sequences));
    setHandler(membersQuery, () => membersOf(this.state));
    setHandler(changeAnswerQuery, (requester, key) => givenAnswer(this.state, requester, key) ?? null);
    if (isNew) this.take({ type: 'opened' });
    else void this.shield.run(async () => this.resume());
    // After that: an update that comes with the very first task, or a moment later, must meet the same order of commands.
    const answers = new Answers(this.state, this.limits, {
      take: (input) => this.take(input),
      continuing: () => this.continuing,
      hasTakenAll: () => this.intake.isEmpty,
    });
    // The first task takes what came before it in the order of the handlers: what was reported goes before what is asked.
    if (!(this.state.rules > 1)) this.answerTo(answers);
    onSignal(changeSignal, whyUnfit.change, (change) => this.takeSignal({ type: 'change', change }));
    onSignal(redeliverSignal, whyUnfit.redelivery, (...[records, key]) =>
      this.takeSignal(present({ type: 'redeliver' as const, records, key })),
    );
    onSignal(reconcileSignal, whyUnfit.reason, (...[why]) =>
      this.takeSignal({ type: 'reconcile', why: why ?? 'somebody wants it' }),
    );
    onSignal(watchSignal, whyUnfit.watch, (id, awaited) => this.takeSignal({ type: 'watch', id, awaited }));
    onSignal(unwatchSignal, whyUnfit.id, (id) => this.takeSignal({ type: 'unwatch', id }));
    onSignal(callbacksSignal, whyUnfit.batch, (batch) => {
      this.limits.noteSignal();
      void this.shield.run(async () => this.intake.add(batch));
    });
    if (this.state.rules > 1) this.answerTo(answers);
  }

  private answerTo(answers: Answers): void {
    setHandler(createdUpdate, () => this.shield.run(() => answers.toCreated()));
    setHandler(begunUpdate, () => this.shield.run(() => answers.toBegun()));
    setHandler(changesUpdate, (requests) => this.shield.run(() => answers.toChanges(requests)), {
      validator: (requests: ChangeRequests) => answers.refuse(whyUnfit.changes(requests)),
    });
    setHandler(leaseUpdate, (ask) => this.shield.run(async () => answers.toLease(ask)), {
      validator: (ask: LeaseAsk) => answers.refuse(whyUnfit.ask(ask)),
    });
  }

  /** The one way in: whatever happens is taken by the rules, and what they ask for is done. */
  take(input: Input): void {
    if (waitsForCallbacks(this.state, input, this.intake)) this.later.push(input);
    else void this.shield.run(async () => this.step(input));
  }

  private takeSignal(input: Input): void {
    this.limits.noteSignal();
    this.take(input);
  }

  /** One step of the rules, and what they ask for. */
  private step(input: Input): void {
    for (const trace of tracesOf(input, this.state)) measurements.took(input.type, trace);
    const effects = reduce(this.state, input, { ...this.ids, now: Date.now(), nonce: uuid4() });
    for (const effect of effects) this.perform(effect);
    if (this.isBehind) return;
    this.isBehind = true;
    void Promise.resolve().then(() => this.catchUp());
  }

  /** Once for all that came in one task: events that came together are delivered together. */
  private catchUp(): void {
    this.isBehind = false;
    this.intake.resume();
    this.display.show(this.state);
    this.startDeliveries();
    this.setAlarm();
  }

  /** A cancelled workflow still ends its conference. */
  cancel(): void {
    this.cancelled = true;
    this.take({ type: 'cancel' });
  }

  /** Resolves with the state in which it ended; continues as new when the history has grown long. */
  async untilOver(): Promise<ConferenceState> {
    // Whoever still waits for an answer may bring something new, so both must hold at the same moment.
    const isDone = () => mayClose(this.state) && this.intake.isEmpty && allHandlersFinished();
    while (!isDone()) {
      await condition(() => isDone() || (!mayClose(this.state) && this.mayContinueAsNew()));
      if (!isDone()) await this.continueAsNew();
    }
    return this.state;
  }

  /** A cancellation belongs to its run: in a later one the workflow could not end as cancelled any more. */
  private mayContinueAsNew(): boolean {
    const isFree = this.state.creation === 'over' && this.intake.isEmpty && !this.cancelled;
    // Events that do not fit into the next run become dead letters; a customer that takes events now is given time to take these first.
    const mayWait = isCrowded(this.state.outbox) && !this.limits.areNear;
    return workflowInfo().continueAsNewSuggested && isFree && !mayWait;
  }

  /** Everything is carried: deliveries stop and report, handlers finish, what is being completed is completed by the next run. */
  private async continueAsNew(): Promise<void> {
    this.continuing = 'deliveries';
    this.deliveries.stop();
    this.take({ type: 'lease-wanted', why: 'a new run takes over' });
    // Callbacks that have piled up take long: meanwhile events are delivered, and changes done.
    await condition(() => (this.deliveries.areDone && leaseOf(this.state) === undefined) || !this.intake.isEmpty);
    if (this.intake.isEmpty) this.continuing = 'changes';
    // What is being done on the platform reports to this run only.
    const isAtRest = () =>
      this.deliveries.areDone &&
      leaseOf(this.state) === undefined &&
      allHandlersFinished() &&
      this.state.changes.open.every(({ status }) => status !== 'running');
    await condition(() => isAtRest() || !this.intake.isEmpty);
    if (isAtRest() && !mayClose(this.state) && this.mayContinueAsNew()) {
      for (const effect of makeRoom(this.state, workflowInfo(), { ...this.ids, now: Date.now() })) this.perform(effect);
      this.display.show(this.state);
      await continueAsNew<(input: ConferenceInput) => Promise<unknown>>({
        state: { ...carried(this.state, workflowInfo()), rules: RULES },
      });
    }
    // A cancellation came meanwhile, or many callbacks: this run goes on.
    this.continuing = undefined;
    this.startDeliveries();
    this.setAlarm();
  }

  /** A run that carries on takes up what the one before had to leave. */
  private resume(): void {
    this.display.show(this.state);
    const { completing, watch, platformId } = this.state;
    for (const id of completing) this.run(complete(id, this.state));
    for (const watcher of toNotifyAgain(this.state)) this.run(tell(watcher));
    if (watch.reading !== undefined && platformId !== undefined) this.read(platformId, watch.reading.isUrgent);
    this.startDeliveries();
    this.setAlarm();
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'create':
        this.creation = new CancellationScope();
        return this.run(this.creation.run(() => create(this.state, effect)));
      case 'stop-creating':
        return this.creation?.cancel();
      case 'complete':
        return this.run(complete(effect.platformId, this.state));
      case 'read-platform':
        return this.read(effect.platformId, effect.isUrgent);
      case 'run-change':
        return this.runChange(effect.id);
      case 'restart-delivery':
        return this.deliveries.stop();
      case 'recall-lease':
        return this.run(recallLease(effect));
      case 'notify-watcher':
        return this.run(tell(effect));
      case 'log':
        return log.info(effect.message);
      case 'measure':
        return measurements.take(effect.measurement);
    }
  }

  /** One reading at a time: an urgent one takes the place of one that waits for its turn. */
  private read(platformId: string, isUrgent: boolean): void {
    this.reading?.cancel();
    const scope = new CancellationScope();
    this.reading = scope;
    void scope
      .run(() => readPlatform(platformId, isUrgent))
      .then((outcome) => {
        if (this.reading === scope) this.take(outcome);
      });
  }

  private runChange(id: number): void {
    const open = this.state.changes.open.find((change) => change.id === id);
    const { platformId } = this.state;
    if (open === undefined || platformId === undefined) return;
    this.run(performChange(open, platformId, this.state).then((outcome) => ({ type: 'change-settled', id, outcome })));
  }

  /** Lets work go on beside everything else; its outcome is an input like any other. */
  private run(work: Promise<Input>): void {
    void work.then((outcome) => this.take(outcome));
  }

  private startDeliveries(): void {
    if (this.continuing === undefined) this.deliveries.start();
  }

  private setAlarm(): void {
    const isOthers = (lane: string) => this.continuing !== undefined || this.deliveries.isUnderWay(lane);
    const [next] = wakeUpsOf(this.state, isOthers).sort(([a], [b]) => a - b);
    if (next !== undefined) this.alarm.set(...next);
  }
}
