import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { catapultError } from '../catapult/errors.ts';
import { destination, phoneNumber } from '../catapult/fields.ts';
import { parseRequest } from '../catapult/parse.ts';
import type { Call } from './call.ts';
import type { Doors } from './doors.ts';
import { callbackFault, requestFault, type Faults } from './faults.ts';
import { phoneRequest } from './phones.ts';
import type { SandboxPlatform } from './platform.ts';
import { milliseconds, only, settingsRequest } from './settings.ts';

/** What the controls turn. */
export interface Controlled {
  platform: SandboxPlatform;
  faults: Faults;
  doors: Doors;
}

/** The sandbox's own controls, under /sandbox/: without authentication, as they are for a tool on one machine. */
export function serveControls(app: FastifyInstance, { platform, faults, doors }: Controlled): void {
  app.get('/sandbox/conferences', () => platform.list());
  app.get('/sandbox/callbacks', () => ({ waiting: platform.callbacksWaiting() }));
  app.get('/sandbox/settings', () => platform.settings);
  app.post('/sandbox/settings', (request) => {
    const wanted = Object.entries(parseRequest(settingsRequest, request.body));
    return Object.assign(platform.settings, Object.fromEntries(wanted.filter(([, value]) => value !== undefined)));
  });
  servePhones(app, platform);
  serveCalls(app, platform);
  serveFaults(app, { platform, faults, doors });
}

function servePhones(app: FastifyInstance, { phones }: SandboxPlatform): void {
  const path = '/sandbox/phones/:number';
  app.get('/sandbox/phones', () => phones.list());
  app.put<{ Params: { number: string } }>(path, (request) => {
    const number = numberOf(request.params);
    phones.set(number, parseRequest(phoneRequest, request.body));
    return phones.list().find((phone) => phone.number === number);
  });
  app.delete<{ Params: { number: string } }>(path, (request, reply) => {
    phones.reset(numberOf(request.params));
    return reply.code(204).send();
  });
}

function numberOf(params: { number: string }): string {
  return parseRequest(z.object({ number: destination }), params).number;
}

const keys = z.custom<string>((value) => typeof value === 'string' && /^[0-9*#]{1,100}$/.test(value), {
  error: 'keys to press: 1 to 100 of 0 to 9, * and #',
});

/** POST /sandbox/calls: somebody calls from outside, and presses keys when the call is up. */
const callInRequest = only({ from: phoneNumber.optional(), to: phoneNumber.optional(), digits: keys.optional() });

/** POST /sandbox/calls/{callId}: what the far end does. */
const farEndRequest = only({
  digits: keys,
  state: z.literal('completed', { error: '"completed", to hang up' }),
})
  .partial()
  .refine(({ digits, state }) => digits !== undefined || state !== undefined, {
    path: ['digits'],
    error: 'keys to press, or "state": "completed" instead',
  });

function serveCalls(app: FastifyInstance, platform: SandboxPlatform): void {
  app.get('/sandbox/calls', () => platform.calls().map((call) => call.shown()));
  app.post('/sandbox/calls', (request, reply) => {
    const { digits = '', ...numbers } = parseRequest(callInRequest, request.body ?? {});
    const call = platform.callIn(numbers);
    call.press(digits);
    return reply.code(201).send({ callId: call.id });
  });
  app.post<{ Params: { callId: string } }>('/sandbox/calls/:callId', (request) => {
    const call = callOf(platform, request.params);
    const { digits, state } = parseRequest(farEndRequest, request.body);
    if (digits !== undefined) call.press(digits);
    if (state !== undefined) call.hangUp();
    return call.shown();
  });
}

function callOf(platform: SandboxPlatform, { callId }: { callId: string }): Call {
  const call = platform.call(callId);
  if (call === undefined) throw catapultError('resource-not-found', `There is no call ${callId}.`);
  return call;
}

const refusal = only({ refuseFor: milliseconds });
const forgetting = only({ forget: z.literal(true, { error: 'true' }) });

function serveFaults(app: FastifyInstance, { platform, faults, doors }: Controlled): void {
  app.get('/sandbox/faults', () => faults.list());
  app.delete('/sandbox/faults', (_request, reply) => {
    faults.endAll();
    return reply.code(204).send();
  });
  app.post('/sandbox/faults', ({ body }, reply) => {
    const has = (field: string) => typeof body === 'object' && body !== null && field in body;
    if (has('refuseFor')) return refuse(reply, doors, parseRequest(refusal, body));
    if (has('forget')) {
      parseRequest(forgetting, body);
      platform.forget();
      return reply.code(201).send({ forget: true });
    }
    const fault = has('callbacks') ? parseRequest(callbackFault, body) : parseRequest(requestFault, body);
    return reply.code(201).send(faults.add(fault));
  });
}

/** The doors close behind the answer, which would not get out otherwise. */
function refuse(reply: FastifyReply, doors: Doors, wanted: { refuseFor: number }): FastifyReply {
  reply.raw.once('finish', () => doors.refuseFor(wanted.refuseFor));
  return reply.code(201).send(wanted);
}
