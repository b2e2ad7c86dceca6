import { randomUUID } from 'node:crypto';
import { PIN_KEY_WITHIN_MS, PIN_TRIES } from '../catapult/budget.ts';
import { enter, isPinWanted, ledTo, reachedBy } from '../catapult/dial-in.ts';
import { CatapultError } from '../catapult/errors.ts';
import { APP } from './ari/ari.ts';
import type { Channel } from './ari/resources.ts';
import { PROMPT_WITHIN_MS } from './budget.ts';
import { conferenceOf, hangUp, listChannels } from './channels.ts';
import type { AsteriskConference } from './conference.ts';
import type { Conferences } from './conferences.ts';
import { GuessPace, withOneMore } from './guesses.ts';
import { keptCaller, NAMES, read, type KeptCaller } from './kept.ts';
import type { PromptName } from './sounds/prompts.ts';
import { Turns } from './turns.ts';
import { setVariable } from './variables.ts';
import type { World } from './world.ts';

/** Somebody who has called in, until it is a member, waits, or is gone; how often it was wrong is on record in Asterisk. */
interface Visit {
  callId: string;
  caller: KeptCaller;
  entered: string;
  isAsked: boolean;
  timer?: NodeJS.Timeout | undefined;
  /** What it hears. */
  prompt?: string | undefined;
  isDismissed?: true;
}

/** Takes the calls from outside: they join the conference that is open to them, or are asked for its PIN first. */
export class Reception {
  private readonly world: World;
  private readonly conferences: Conferences;
  private readonly visits = new Map<string, Visit>();
  private readonly turns = new Turns();
  private openings = 0;
  private readonly pace: GuessPace;

  constructor(world: World, conferences: Conferences, pace = new GuessPace()) {
    this.world = world;
    this.conferences = conferences;
    this.pace = pace;
  }

  /** Somebody calls in. */
  async called({ id, caller, dialplan }: Channel): Promise<void> {
    if (this.visits.has(id)) return;
    // Before anything is waited for: keys may come at once.
    const visit = this.open(id, { from: caller.number, to: dialplan.exten, tries: 0 });
    await this.keep(visit);
    await this.answered(visit);
  }

  /** Goes on with those who wait, unless that is under way: somebody may not have been heard, or a conference was opened. */
  async goOn(channels?: readonly Channel[]): Promise<void> {
    this.openings += 1;
    for (const channel of channels ?? (await listChannels(this.world.ari))) {
      if (conferenceOf(channel) !== undefined || this.visits.has(channel.id)) continue;
      const caller = read(keptCaller, channel.channelvars[NAMES.waits]);
      if (caller !== undefined) await this.answered(this.open(channel.id, caller));
      else if (channels !== undefined && channel.dialplan.app_data === `${APP},inbound`) await this.called(channel);
    }
  }

  /** A key; answers whether it is that of a caller who is not a member yet. */
  pressed(callId: string, key: string): boolean {
    const visit = this.visits.get(callId);
    if (visit === undefined) return false;
    if (visit.isDismissed === true) return true;
    const { entered, isComplete } = enter(visit.entered, key);
    visit.entered = entered;
    void this.inTurn(visit, () => this.hush(visit));
    if (isComplete) this.complete(visit);
    else if (visit.isAsked) this.await(visit);
    return true;
  }

  /** Something that was played is over. */
  async played(playbackId: string): Promise<void> {
    const visit = [...this.visits.values()].find(({ prompt }) => prompt === playbackId);
    if (visit?.isDismissed === true) await hangUp(this.world.ari, visit.callId);
  }

  /** The call is over, or has been added to a conference by somebody else. */
  gone(callId: string): void {
    clearTimeout(this.visits.get(callId)?.timer);
    this.visits.delete(callId);
  }

  async close(): Promise<void> {
    for (const callId of this.visits.keys()) this.gone(callId);
    await this.pace.close();
    await this.turns.quiet();
  }

  private open(callId: string, caller: KeptCaller): Visit {
    const visit: Visit = { callId, caller, entered: '', isAsked: false };
    this.visits.set(callId, visit);
    return visit;
  }

  private async answered(visit: Visit): Promise<void> {
    await this.inTurn(visit, async () => {
      await this.world.ari.ask('POST', `/channels/${visit.callId}/answer`);
      const reached = await this.firstReachedBy(visit);
      if (reached.length === 0) this.gone(visit.callId);
      else if (!isPinWanted(reached)) await this.lead(visit, ledTo('', reached));
      else if (visit.caller.tries >= PIN_TRIES) await this.dismiss(visit, 'wrong');
      else await this.ask(visit, 'pin');
    });
  }

  private async ask(visit: Visit, prompt: PromptName): Promise<void> {
    visit.isAsked = true;
    if (visit.entered === '') await this.say(visit, prompt);
    this.await(visit);
  }

  /** What has been entered counts if nothing more comes. */
  private await(visit: Visit): void {
    clearTimeout(visit.timer);
    visit.timer = setTimeout(() => this.complete(visit), PIN_KEY_WITHIN_MS);
  }

  private complete(visit: Visit): void {
    clearTimeout(visit.timer);
    const { entered } = visit;
    visit.entered = '';
    void this.inTurn(visit, () => this.judge(visit, entered));
  }

  private async judge(visit: Visit, entered: string): Promise<void> {
    const { from, to } = visit.caller;
    await this.pace.take({
      ...{ from, to, isThere: () => this.isThere(visit), waits: () => this.say(visit, 'wait') },
      guesses: async () => longest(await this.reachedBy(visit)),
      judge: async () => {
        const reached = await this.reachedBy(visit);
        const conference = ledTo(entered, reached);
        if (conference !== undefined) return await this.lead(visit, conference);
        if (entered !== '') await this.count(from, reached);
        await this.again(visit);
      },
    });
  }

  private async again(visit: Visit): Promise<void> {
    visit.caller.tries += 1;
    await this.keep(visit);
    if (visit.caller.tries < PIN_TRIES) await this.ask(visit, 'again');
    else await this.dismiss(visit, 'wrong');
  }

  private async count(from: string, reached: readonly AsteriskConference[]): Promise<void> {
    const guesses = withOneMore(longest(reached), from, Date.now());
    for (const { path } of reached) await setVariable(this.world.ari, path, NAMES.guesses, guesses);
  }

  private async lead(visit: Visit, conference: AsteriskConference | undefined): Promise<void> {
    await this.hush(visit);
    try {
      if (conference !== undefined) await this.conferences.addMember(conference.id, { callId: visit.callId });
      this.gone(visit.callId);
    } catch (error) {
      if (!(error instanceof CatapultError)) throw error;
      const isFull = error.wire.code === 'conference-max-members';
      await this.dismiss(visit, isFull ? 'full' : 'over');
    }
  }

  /** Ends the call when it has been told why. */
  private async dismiss(visit: Visit, prompt: PromptName): Promise<void> {
    visit.isDismissed = true;
    visit.timer = setTimeout(() => void hangUp(this.world.ari, visit.callId).catch(() => undefined), PROMPT_WITHIN_MS);
    await this.say(visit, prompt);
  }

  private async say(visit: Visit, prompt: PromptName): Promise<void> {
    await this.hush(visit);
    const { ari, sounds } = this.world;
    const media = `sound:${await sounds.prompt(prompt)}`;
    visit.prompt = `prompt~${randomUUID()}`;
    await ari.ask('POST', `/channels/${visit.callId}/play/${visit.prompt}`, { body: { media } });
  }

  private async hush(visit: Visit): Promise<void> {
    const { prompt, isDismissed } = visit;
    if (prompt === undefined || isDismissed === true) return;
    visit.prompt = undefined;
    await this.world.ari.ask('DELETE', `/playbacks/${prompt}`);
  }

  private async keep({ callId, caller }: Visit): Promise<void> {
    await setVariable(this.world.ari, `/channels/${callId}`, NAMES.waits, caller);
  }

  private async reachedBy({ caller }: Visit): Promise<AsteriskConference[]> {
    return reachedBy(caller.to, await this.conferences.open());
  }

  /** While it is looked for one, a conference may be opened. */
  private async firstReachedBy(visit: Visit): Promise<AsteriskConference[]> {
    const before = this.openings;
    const reached = await this.reachedBy(visit);
    return reached.length > 0 || before === this.openings ? reached : await this.firstReachedBy(visit);
  }

  private isThere(visit: Visit): boolean {
    return this.visits.get(visit.callId) === visit && visit.isDismissed !== true;
  }

  /** What concerns one caller is done one after the other, while it is there. */
  private async inTurn(visit: Visit, work: () => Promise<void>): Promise<void> {
    await this.turns
      .take(visit.callId, async () => {
        if (this.isThere(visit)) await work();
      })
      .catch((error: unknown) => this.world.logger.warn({ err: error }, 'a caller could not be taken care of'));
  }
}

/** A number may lead to several conferences, of which one may be younger than the guesses. */
function longest(reached: readonly AsteriskConference[]) {
  return reached.map(({ guesses }) => guesses).reduce((one, other) => (other.length > one.length ? other : one), []);
}
