import { randomUUID } from 'node:crypto';
import { callEvent } from '../catapult/platform-events.ts';
import { catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import type { CallRequest } from '../catapult/requests.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import type { AllowedNetworks } from '../delivery/guard.ts';
import { APP, type AriRequest } from './ari/ari.ts';
import { hangUp } from './channels.ts';
import type { Conferences } from './conferences.ts';
import { dialStringOf } from './destinations.ts';
import { NAMES, type KeptCall } from './kept.ts';
import { reported, setVariable } from './variables.ts';
import type { World } from './world.ts';

/** What Asterisk says of why a call ended (Q.850), in the words of the wire. */
const CAUSES: Record<number, string> = {
  ...{ 1: 'UNALLOCATED_NUMBER', 3: 'NO_ROUTE_DESTINATION', 16: 'NORMAL_CLEARING', 17: 'USER_BUSY' },
  ...{ 18: 'NO_USER_RESPONSE', 19: 'NO_ANSWER', 20: 'SUBSCRIBER_ABSENT', 21: 'CALL_REJECTED', 22: 'NUMBER_CHANGED' },
  ...{ 27: 'DESTINATION_OUT_OF_ORDER', 28: 'INVALID_NUMBER_FORMAT', 34: 'NORMAL_CIRCUIT_CONGESTION' },
  ...{ 38: 'NETWORK_OUT_OF_ORDER', 41: 'NORMAL_TEMPORARY_FAILURE', 58: 'BEARERCAPABILITY_NOTAVAIL' },
  ...{ 88: 'INCOMPATIBLE_DESTINATION', 102: 'RECOVERY_ON_TIMER_EXPIRE', 127: 'INTERWORKING' },
};
const [NOT_DEFINED, CLEARING, NO_ANSWER] = [0, 16, 19];

const UNSPECIFIED = 'NORMAL_UNSPECIFIED';

/** Asterisk gives no cause where a call has ended before it was anywhere, and the usual one where we have given it up. */
function wordFor({ cause, wasUp }: { cause: number; wasUp: boolean }): string {
  if (wasUp && cause === NOT_DEFINED) return 'NORMAL_CLEARING';
  if (!wasUp && cause === CLEARING) return 'ORIGINATOR_CANCEL';
  return CAUSES[cause] ?? UNSPECIFIED;
}

/** How calls go out. */
export interface Dialling {
  /** The one of Asterisk's PJSIP endpoints through which they go. */
  endpoint: string;
  /** Which hosts of `sip:` addresses they may reach beyond the public internet. */
  allowedNetworks: AllowedNetworks;
  /** Which they may not. */
  deniedNetworks?: readonly string[];
}

/** Dialled calls: made, answered, gone. */
export class Calls {
  private readonly world: World;
  private readonly conferences: Conferences;
  private readonly dialling: Dialling;

  constructor(world: World, conferences: Conferences, dialling: Dialling) {
    this.world = world;
    this.conferences = conferences;
    this.dialling = dialling;
  }

  /** Dials out into a conference; answers the call's id. @throws CatapultError */
  async dial(request: CallRequest, { userId, baseUrl }: Caller): Promise<string> {
    const { conferenceId, from, to, callTimeout, tag, sipHeaders = {} } = request;
    await this.world.hearing();
    const { allowedNetworks, deniedNetworks } = this.dialling;
    const endpoint = await dialStringOf(to, this.dialling.endpoint, allowedNetworks, deniedNetworks);
    const id = `c-${randomUUID()}`;
    const { callbackUrl, callbackHttpMethod, callbackTimeout, fallbackUrl } = request;
    const target = present({ callbackUrl, callbackHttpMethod, callbackTimeout, fallbackUrl });
    const call: KeptCall = { id, userId, baseUrl, conferenceId, from, to, ...target, ...present({ tag }) };
    const headers = Object.entries(sipHeaders).map(([name, value]): [string, string] => [
      `PJSIP_HEADER(add,${name})`,
      value,
    ]);
    await this.conferences.change(conferenceId, async (conference) => {
      conference.assertRoom();
      // On record first: a call of which nothing is heard any more is found there.
      await setVariable(this.world.ari, conference.path, NAMES.dialled + id, call);
      const query = { endpoint, app: APP, appArgs: 'dialled', callerId: from, timeout: callTimeout };
      const variables = { [NAMES.call]: reported(call), ...Object.fromEntries(headers) };
      await this.originate(id, { query, body: { variables } }).catch(async (error: unknown) => {
        await setVariable(this.world.ari, conference.path, NAMES.dialled + id, undefined);
        throw error;
      });
    });
    return id;
  }

  /** Where the answer is lost, or an error, it counts whether the call is there. @throws CatapultError if it is not, or nobody knows. */
  private async originate(id: string, request: AriRequest): Promise<void> {
    const { ari } = this.world;
    const isThere = await ari.ask('POST', `/channels/${id}`, request).then(
      ({ isDone }) => isDone,
      async () => (await ari.ask('GET', `/channels/${id}`)).isDone,
    );
    if (!isThere) throw catapultError('gateway-unavailable', 'Asterisk does not dial: its log says why.');
  }

  /** Somebody has answered: the call becomes a member, or ends if it cannot. */
  async answered(call: KeptCall): Promise<void> {
    const { id } = call;
    try {
      await this.conferences.change(call.conferenceId, async (conference) => {
        // It may have been found before its event came.
        if (conference.members.some(({ callId }) => callId === id)) return;
        this.tell(call, 'answer');
        await conference.join(id, {});
      });
    } catch (error) {
      this.world.logger.info({ err: error, conferenceId: call.conferenceId }, 'a call could not join');
      await hangUp(this.world.ari, id);
    }
  }

  /** The call has ended, for the reason that Asterisk gave, if it did. For one that is on record no more its end was sent before. */
  async gone(call: KeptCall, end?: { cause: number; wasUp: boolean }): Promise<void> {
    await this.world.turns.take(call.conferenceId, async () => {
      const conference = await this.conferences.look(call.conferenceId);
      if (conference !== undefined && !conference.dialled.some(({ id }) => id === call.id)) return;
      await setVariable(this.world.ari, `/bridges/${call.conferenceId}`, NAMES.dialled + call.id, undefined);
      if (end?.cause === NO_ANSWER) this.tell(call, 'timeout');
      this.tell(call, 'hangup', end === undefined ? UNSPECIFIED : wordFor(end));
    });
  }

  private tell(call: KeptCall, eventType: 'answer' | 'hangup' | 'timeout', cause?: string): void {
    const { id, tag } = call;
    const about = { eventType, cause, time: new Date().toISOString(), tag };
    void this.world.callbacks.tell(id, callEvent(call, call, about), call);
  }
}
