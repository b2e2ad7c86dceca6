import { z } from 'zod';

/* What Asterisk says of its bridges and channels, and its events, as far as we go by it. */

export const asteriskInfo = z.object({ system: z.object({ version: z.string() }) });

const variables = z.record(z.string(), z.string()).default({});

/** A bridge; only the variables that were set to be reported are among `bridgevars`. */
export const bridge = z.object({
  id: z.string(),
  name: z.string().default(''),
  channels: z.array(z.string()),
  bridgevars: variables,
  creationtime: z.string(),
});
export type Bridge = z.output<typeof bridge>;

export const channel = z.object({
  id: z.string(),
  /** `Down`, `Ring`, `Ringing`, `Up`, … */
  state: z.string(),
  /** With an offset such as `+0000`. */
  creationtime: z.string(),
  channelvars: variables,
  /** Who calls, as far as that is told. */
  caller: z.object({ number: z.string().default('') }).default({ number: '' }),
  /** Of a call from outside the number that was called, and what the dialplan handed it to. */
  dialplan: z
    .object({ exten: z.string().default(''), app_data: z.string().default('') })
    .default({ exten: '', app_data: '' }),
});
export type Channel = z.output<typeof channel>;

/** Ourselves, as Asterisk knows us. */
export const application = z.object({ channel_ids: z.array(z.string()) });

const playback = z.object({ id: z.string(), state: z.string() });

/** The events that we go by; all others count as none. */
export const ariEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('StasisStart'), args: z.array(z.string()).default([]), channel }),
  z.object({ type: z.literal('ChannelLeftBridge'), channel, bridge }),
  z.object({ type: z.literal('ChannelDestroyed'), channel, cause: z.number() }),
  z.object({ type: z.literal('ChannelDtmfReceived'), channel, digit: z.string() }),
  z.object({ type: z.literal('PlaybackStarted'), playback }),
  z.object({ type: z.literal('PlaybackFinished'), playback }),
  z.object({ type: z.literal('ApplicationReplaced') }),
]);
export type AriEvent = z.output<typeof ariEvent>;
