import { present, type Present } from './present.ts';
import type {
  CatapultCreateField,
  CatapultUpdateField,
  CreateConferenceRequest,
  OwnCreateField,
  OwnUpdateField,
  ParticipantRequest,
  UpdateConferenceRequest,
} from './requests.ts';

/*
 * What becomes of each field of a request, where schemas are not at hand: workflows carry none. A field of a schema that is missing
 * here, or is there no more, does not compile.
 */

/**
 * `platform`: goes to the platform, as it stands. `bridged`: the platform gets our bridge's instead. `own`: Catapult does not have it.
 * `passed`: nor does it have this, and it goes to the platform all the same, as only a platform can do it.
 */
const createFields = {
  ...({ from: 'platform', profile: 'platform', tag: 'platform' } as const),
  ...({ callbackUrl: 'bridged', fallbackUrl: 'bridged' } as const),
  ...({ callbackHttpMethod: 'bridged', callbackTimeout: 'bridged' } as const),
  ...({ startAt: 'own', timeZone: 'own', reminders: 'own', participants: 'own', creationTimeout: 'own' } as const),
  ...({ dialIn: 'passed', noShowTimeout: 'own', aloneTimeout: 'own' } as const),
  ...({ maxDuration: 'own', maxDurationWarning: 'own' } as const),
} satisfies Record<CatapultCreateField, 'platform' | 'bridged'> & Record<OwnCreateField, 'own' | 'passed'>;

/** `end`: ends the conference. `platform`: goes to the platform. `kept`: by us alone, from now on. `own`: so too, and Catapult does not have it. */
const updateFields = {
  ...({ state: 'end', hold: 'platform', mute: 'platform' } as const),
  ...({ callbackUrl: 'kept', fallbackUrl: 'kept', callbackHttpMethod: 'kept', callbackTimeout: 'kept' } as const),
  ...({ tag: 'kept', startAt: 'own', timeZone: 'own' } as const),
} satisfies Record<CatapultUpdateField, 'end' | 'platform' | 'kept'> & Record<OwnUpdateField, 'own'>;

/** `call`: how somebody is dialled. `member`: what is set once there. `dialling`: when, and how often. */
const participantFields = {
  ...({ to: 'call', from: 'call', tag: 'call', callTimeout: 'call' } as const),
  ...({ mute: 'member', hold: 'member', joinTone: 'member', leavingTone: 'member' } as const),
  ...({ maxAttempts: 'dialling', retryInterval: 'dialling' } as const),
} satisfies Record<keyof ParticipantRequest, 'call' | 'member' | 'dialling'>;

type Named<Table, Use> = { [Name in keyof Table]: Table[Name] extends Use ? Name : never }[keyof Table];

/** The fields of a request that have a value and one of these uses. */
function only<
  Request extends object,
  Table extends { [Name in keyof Request]-?: string },
  Use extends Table[keyof Table],
>(request: Request, table: Table, ...uses: Use[]) {
  const wanted = new Map<string, unknown>(Object.entries(table));
  const found = Object.entries(present(request)).filter(([name]) => uses.some((use) => use === wanted.get(name)));
  return Object.fromEntries(found) as Present<Pick<Request, Named<Table, Use> & keyof Request>>;
}

/** The fields of a create request that go to the platform, beside the URLs of our bridge. */
export function platformCreateFields(request: CreateConferenceRequest) {
  return only(request, createFields, 'platform', 'passed');
}

/** Whether somebody has asked for more than Catapult has. */
export function usesOwnFields(request: CreateConferenceRequest): boolean {
  return Object.keys(only(request, createFields, 'own', 'passed')).length > 0;
}

/** The fields of a change that go to the platform, unless the change ends the conference. */
export function platformUpdateFields(request: UpdateConferenceRequest) {
  return only(request, updateFields, 'platform');
}

/** The fields of a change that stay with us. */
export function keptOnUpdate(request: UpdateConferenceRequest) {
  return only(request, updateFields, 'kept', 'own');
}

/** How somebody is dialled. */
export function callOf(participant: ParticipantRequest) {
  return only(participant, participantFields, 'call');
}

/** What is set once somebody is there. */
export function memberSettingsOf(participant: ParticipantRequest) {
  return only(participant, participantFields, 'member');
}

/** What Catapult knows of a request. */
export const catapultsPartOf = {
  create: (request: CreateConferenceRequest) => only(request, createFields, 'platform', 'bridged'),
  update: (request: UpdateConferenceRequest) => only(request, updateFields, 'end', 'platform', 'kept'),
};

export type PlatformCreateFields = ReturnType<typeof platformCreateFields>;
export type PlatformUpdateFields = ReturnType<typeof platformUpdateFields>;
