import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { CatapultError, catapultError, type ErrorDetail } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import { endsConference, refusalWhenOver, unknownMember } from '../conference/facts/refusals.ts';
import type { AwaitedChangeRequest, Change, ChangeAnswer } from '../conference/state/changes.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { traceparent } from '../telemetry/tracing.ts';
import { changeSignal, changesUpdate, conferenceWorkflowId } from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS, END_SIGNALLED_WITHIN_MS } from './budget.ts';
import type { RequestOptions } from './call.ts';
import { ChangeLine, NobodyAnswered } from './change-line.ts';
import { requestKeyOf } from './digest.ts';
import { conferenceHandle, conferenceOf } from './handles.ts';
import { indexedTexts } from './indexed.ts';
import { queryWorkflow } from './query.ts';
import { itsAnswerTo, itsMembers, theConference, type Question } from './questions.ts';
import { terminated } from './terminated.ts';
import { isRefusal, unavailable, whyUnavailable } from './unavailable.ts';

/** What became of a change, as far as it is known; where it is not, that is an error. */
export type ChangeResult = Exclude<ChangeAnswer, { outcome: 'unknown' }>;

/** The platform was asked, and it is not known what came of it: whoever asks again under the key is told the same, unless an event has shown it. */
export class OutcomeUnknown extends CatapultError {}

/** Sends changes to conferences, as updates that are answered within 10 s. */
export class Changes {
  private readonly client: Client;
  /** Names this object to the conferences, and so all that it sends. */
  private readonly name = randomBytes(9).toString('base64url');
  private readonly lines = new Map<string, ChangeLine>();
  private requested = 0;
  private sent = 0;

  constructor(client: Client) {
    this.client = client;
  }

  /**
   * Has a change done. With an idempotency key a change that was done is not done again: it gets its first answer.
   * @returns undefined if there is no such conference.
   * @throws CatapultError 503 when the outcome is not known; the message says how to send it again.
   */
  async send(
    ids: ConferenceIds,
    change: Change,
    { idempotencyKey, timeoutMs = ANSWER_WITHIN_MS }: RequestOptions = {},
  ): Promise<ChangeResult | undefined> {
    const until = Date.now() + timeoutMs;
    // What of it is kept for handing on an ending that nobody has confirmed.
    const keptMs = endsConference(change) ? Math.min(END_SIGNALLED_WITHIN_MS, timeoutMs / 2) : 0;
    const key = idempotencyKey === undefined ? undefined : requestKeyOf(idempotencyKey, change);
    const requester = { id: `${this.name}-${++this.requested}`, until };
    const request = present({ change: this.indexed(ids, change), key, requester, trace: traceparent() });
    let answer: ChangeAnswer | undefined;
    try {
      answer = await this.lineOf(ids).submit(request, until - keptMs);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) answer = await this.sendToClosed(ids, request, until);
      else if (endsConference(change)) answer = await this.requestEnd(ids, request, until);
      else if (error instanceof NobodyAnswered && !error.wasSent) throw notDone();
      else throw notConfirmed(change, idempotencyKey, await this.whyNotConfirmed(error), error);
    }
    if (answer?.outcome === 'unknown') throw unknownOutcome(idempotencyKey);
    return answer;
  }

  /** A tag comes with what stands in the index for it. */
  private indexed({ userId }: ConferenceIds, change: Change): Change {
    if (change.kind !== 'conference' || change.fields.tag === undefined) return change;
    return present({ ...change, indexed: indexedTexts(this.client, userId, change.fields) });
  }

  private lineOf(ids: ConferenceIds): ChangeLine {
    const workflowId = conferenceWorkflowId(ids);
    const handle = conferenceHandle(this.client, ids);
    const line =
      this.lines.get(workflowId) ??
      new ChangeLine(
        ({ deadline, ...batch }) =>
          this.client.withDeadline(deadline, () =>
            handle.executeUpdate(changesUpdate, { args: [{ client: this.name, number: ++this.sent, ...batch }] }),
          ),
        () => this.lines.delete(workflowId),
      );
    this.lines.set(workflowId, line);
    return line;
  }

  /** An update that nobody has accepted is lost with the server; an ending goes on as a signal, which is durable. */
  private async requestEnd(
    ids: ConferenceIds,
    request: AwaitedChangeRequest,
    until: number,
  ): Promise<ChangeAnswer | undefined> {
    try {
      await this.client.withDeadline(Math.min(until, Date.now() + END_SIGNALLED_WITHIN_MS), () =>
        conferenceHandle(this.client, ids).signal(changeSignal, request.change),
      );
      return { outcome: 'pending' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return await this.sendToClosed(ids, request, until);
      throw await unavailable(this.client, 'The conference was not asked to end; send it again.', error);
    }
  }

  /** What Temporal refuses has a cause that waiting does not help. */
  private async whyNotConfirmed(error: unknown): Promise<string> {
    if (isRefusal(error)) return await whyUnavailable(this.client, error);
    return 'no answer came in time, of the platform or of Temporal and its workers.';
  }

  /** A closed conference takes no updates: it answers from what it was. */
  private async sendToClosed(
    ids: ConferenceIds,
    { change, key, requester }: AwaitedChangeRequest,
    until: number,
  ): Promise<ChangeAnswer | undefined> {
    try {
      const given = await this.query(ids, until, itsAnswerTo, requester.id, key);
      if (given !== null) return given;
      const { conference } = await this.query(ids, until, theConference);
      const error = conference.state === 'completed' ? await this.refusalOf(ids, until, change) : terminated();
      return error === undefined ? { outcome: 'done' } : { outcome: 'refused', error };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw await unavailable(this.client, 'The conference could not be read now.', error);
    }
  }

  private async refusalOf(ids: ConferenceIds, until: number, change: Change) {
    const memberId = 'memberId' in change ? change.memberId : undefined;
    if (memberId === undefined) return refusalWhenOver(change);
    const members = await this.query(ids, until, itsMembers);
    return members.some(({ id }) => id === memberId) ? refusalWhenOver(change) : unknownMember(memberId);
  }

  private query<Value, Args extends unknown[]>(
    ids: ConferenceIds,
    until: number,
    question: Question<Value, Args>,
    ...args: Args
  ): Promise<Value> {
    return queryWorkflow(this.client, conferenceOf(ids), until, question, ...args);
  }
}

/** It has not been sent, so whoever asked may ask again. */
function notDone() {
  const message = 'Earlier changes got no answer in time, so this one has not been done: try again in a moment.';
  return catapultError('gateway-unavailable', message);
}

/** Nobody confirmed it: what may be sent again without harm, and how. */
function notConfirmed({ kind }: Change, idempotencyKey: string | undefined, why: string, cause: unknown) {
  const keyless =
    kind === 'conference' || kind === 'member'
      ? 'It is safe to send it again.'
      : 'It may have been done: look before you send it again. With an Idempotency-Key it would be done once only.';
  const advice =
    idempotencyKey === undefined ? keyless : 'Send it again with the same Idempotency-Key: it is done once only.';
  const message = `The outcome is unknown: ${why} ${advice}`;
  return catapultError('gateway-unavailable', message, { ...named(idempotencyKey), cause });
}

/** The platform was asked once, and neither its answer nor an event has come. */
function unknownOutcome(idempotencyKey: string | undefined) {
  const advice =
    idempotencyKey === undefined
      ? 'Look whether it was done before you send it again.'
      : 'The same Idempotency-Key tells whether an event shows it later; to have it done again, send a new key.';
  const message = `The outcome is unknown: the platform was asked once, and its answer was lost. ${advice}`;
  return new OutcomeUnknown(catapultError('gateway-unavailable', message, named(idempotencyKey)).wire);
}

/** The key to repeat stands beside the message, which is logged: a key may say something about the customer. */
function named(idempotencyKey: string | undefined): { details?: ErrorDetail[] } {
  return idempotencyKey === undefined ? {} : { details: [{ name: 'Idempotency-Key', value: idempotencyKey }] };
}
