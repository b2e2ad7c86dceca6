import { conferencePath } from '../../../src/catapult/paths.ts';
import { Story } from './story.ts';
import { USER, type Town } from './town.ts';
import { until } from '../until.ts';

/**
 * A customer's conference of one person, whose every key is an event of the conference's own lane. When it is open, its gateway has
 * the lease.
 */
export class Talk extends Story {
  private callId = '';

  override async open(): Promise<this> {
    await this.create({ profile: 'passthru_digits' });
    this.callId = await this.town.controls.callIn();
    await this.ask(`${conferencePath(USER, this.conferenceId)}/members`, { callId: this.callId });
    await until(`a gateway has the lease of ${this.conferenceId}`, async () => {
      await this.say('0');
      return this.isLent();
    });
    return this;
  }

  /** Each digit is an event. */
  async say(digits: string): Promise<void> {
    await this.town.controls.press(this.callId, digits);
  }

  override async end(): Promise<void> {
    await this.town.controls.hangUp(this.callId);
  }

  /** Where its events go from now on. */
  async moveTo(place: string): Promise<void> {
    const callbackUrl = this.town.customer.url(`${this.path}/${place}`);
    await this.ask(conferencePath(USER, this.conferenceId), { callbackUrl });
  }

  /** The digits that came to a path of it, in order, each once. */
  heard(place = ''): string {
    const came = new Map(
      this.received()
        .filter(({ path, body }) => path === `${this.path}${place}` && typeof body['dtmfDigit'] === 'string')
        .map(({ headers, body }) => [headers['webhook-id'], body['dtmfDigit']]),
    );
    return [...came.values()].join('');
  }

  /** Whether a gateway has sent an event of it, which it says with LOG_LEVEL=debug. */
  private isLent(): boolean {
    return this.town.gateways.some((gateway) =>
      gateway.hasSaid(new RegExp(`${this.conferenceId}.*dtmf → callbackUrl`)),
    );
  }
}

/** What shows a lease, and grants it in both modes. */
export const LENDING = { DELIVER_FROM: 'gateway', LOG_LEVEL: 'debug' };

/** So many at once, each of them lent. */
export async function openTalks(town: Town, number: number): Promise<Talk[]> {
  return await Promise.all(Array.from({ length: number }, () => new Talk(town).open()));
}
