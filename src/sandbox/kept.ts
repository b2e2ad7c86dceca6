import { z } from 'zod';
import type { CallRequest, CreateConferenceRequest } from '../catapult/requests.ts';
import type { Conference, Member } from '../catapult/resources.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import type { Happening, SentCallback } from './happening.ts';
import type { PhoneBehaviour, PhoneSetting } from './phones.ts';
import type { Settings } from './settings.ts';

/*
 * What the platform keeps on disk. The file is the sandbox's own, so that only its frame is checked: what is no object, or no
 * longer there.
 */

const one = <Kind>() => z.custom<Kind>((value) => typeof value === 'object' && value !== null);

const lane = z.object({ sent: z.array(one<SentCallback>()), waiting: z.array(one<Happening>()), happened: z.int() });

const call = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  state: z.enum(['ringing', 'active', 'completed']),
  cause: z.string().optional(),
  phone: one<PhoneBehaviour>().optional(),
  asked: z.object({ entered: z.string(), wrong: z.number() }).optional(),
  dialled: z.object({ request: one<CallRequest>(), caller: one<Caller>(), conferenceId: z.string() }).optional(),
  lane: lane.optional(),
});

const conference = z.object({
  settings: one<CreateConferenceRequest>(),
  caller: one<Caller>(),
  resource: one<Conference>(),
  seats: z.array(z.object({ member: one<Member>(), callId: z.string() })),
  dialled: z.array(z.string()),
  lane,
});

export const kept = z.object({
  settings: one<Settings>(),
  phones: z.array(z.tuple([z.string(), one<PhoneSetting>()])),
  conferences: z.array(conference),
  calls: z.array(call),
});

export type KeptQueue = z.output<typeof lane>;
export type KeptCall = z.output<typeof call>;
export type KeptConference = z.output<typeof conference>;
export type Kept = z.output<typeof kept>;
