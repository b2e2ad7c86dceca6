import fc from 'fast-check';
import * as bodies from './bad/bodies.ts';
import { bytesOf, oneOf, ordersFor, post, whole, type Draft, type Order, type Targets } from './bad/draft.ts';
import * as framing from './bad/framing.ts';
import * as heads from './bad/heads.ts';
import { hostile } from './bad/values.ts';
import type { RawRequest } from './raw-http.ts';

export type { Targets } from './bad/draft.ts';

/*
 * A generator of requests that a server of the wire must refuse. Each has one flaw at least that is certain; but for its
 * flaw most of them would change something: end a conference, remove its member, open another one.
 */

export interface BadRequest extends RawRequest {
  flaw: string;
  /** Whether it only reads, so that a 200 does no harm. */
  isRead: boolean;
}

/** Every kind of flaw, with how often it comes. */
export function badRequests(targets: Targets): fc.Arbitrary<BadRequest> {
  const orders = ordersFor(targets);
  const of = (flawed: (order: Order) => fc.Arbitrary<Draft>) => oneOf(orders.map(flawed));
  const complete: [flaw: string, weight: number, drafts: fc.Arbitrary<Draft>][] = [
    ['a wrong field', 30, of(bodies.wrongField)],
    ['a missing field', 4, of(bodies.missingField)],
    ['no object', 4, of(bodies.noObject)],
    ['no JSON', 9, of(bodies.noJson)],
    ['odd encoding', 6, of(bodies.oddlyEncoded)],
    ['poisoned keys', 4, of(bodies.poisoned)],
    ['deep nesting', 3, of(bodies.nested)],
    ['too large', 1, of(bodies.tooLarge)],
    ['unauthorized', 8, of(heads.unauthorized)],
    ['other content type', 4, of(heads.otherContentType)],
    ['odd header', 7, of(heads.oddHeader)],
    ['other method', 5, of(heads.otherMethod)],
    ['nowhere', 10, of((order) => heads.nowhere(targets, order))],
    ['at the bridge', 5, atTheBridge(targets)],
  ];
  const ofBytes = (broken: (order: Order, targets: Targets) => fc.Arbitrary<Buffer>) =>
    oneOf(orders.map((order) => broken(order, targets)));
  const broken: [flaw: string, weight: number, bytes: fc.Arbitrary<Buffer>][] = [
    ['wrong length', 3, ofBytes(framing.wrongLength)],
    ['broken chunks', 3, ofBytes(framing.brokenChunks)],
    ['cut off', 2, ofBytes(framing.cutOff)],
    ['broken head', 2, ofBytes(framing.brokenHead)],
    ['no HTTP', 2, framing.noHttp],
  ];
  return fc.oneof(
    ...complete.map(([flaw, weight, drafts]) => ({ weight, arbitrary: requestsOf(flaw, drafts, targets) })),
    ...broken.map(([flaw, weight, arbitrary]) => ({
      weight,
      arbitrary: arbitrary.map((bytes) => ({ flaw, bytes, isHead: false, isRead: false, isBroken: true })),
    })),
  );
}

/**
 * Well-formed requests about what is not there, or is over: these ask Temporal, so there are fewer of them.
 */
export function vainRequests(targets: Targets): fc.Arbitrary<BadRequest> {
  const { user, active, completed, member } = targets;
  const root = `/v1/users/${user}/conferences`;
  const oddId = hostile.filter((text) => text.length < 50 && !/^\.*$/.test(text)).map(heads.encoded);
  const changes = fc.constantFrom('{"mute":true}', '{"state":"completed"}');
  const calls = hostile.filter((text) => /^[\x21-\x7e]{1,100}$/.test(text));
  const read = (path: string): Draft => ({ ...post(path), method: 'GET' });
  const drafts = fc.oneof(
    fc.constantFrom(read, post).map((ask) => ask(`${root}/conf-${'a'.repeat(26)}`)),
    oddId.map((id) => read(`${root}/${active}/members/${id}`)),
    fc.tuple(oddId, changes).map(([id, body]) => post(`${root}/${active}/members/${id}`, body)),
    oddId.map((id) => post(`${root}/${active}/members/${id}/audio`, '{"sentence":"hello"}')),
    calls.map((callId) => post(`${root}/${active}/members`, JSON.stringify({ callId }))),
    fc.constantFrom(`/members/${member}`, '').map((path) => post(`${root}/${completed}${path}`, '{"mute":true}')),
  );
  return requestsOf('about nothing', drafts, targets);
}

/** Requests that do not come to their end, from senders who stay. */
export function halfRequests(targets: Targets): BadRequest[] {
  const [order] = ordersFor(targets);
  if (order === undefined) return [];
  const bytes = bytesOf(whole(order), targets);
  const start = bytes.indexOf('\r\n\r\n') + 4;
  return [1, 10, start - 2, start, start + 1, bytes.length - 1].map((length) => {
    const half = { bytes: bytes.subarray(0, length), isHead: false, isRead: false, isBroken: true, isSilent: true };
    return { ...half, flaw: `silent after ${length} bytes` };
  });
}

function requestsOf(flaw: string, drafts: fc.Arbitrary<Draft>, targets: Targets): fc.Arbitrary<BadRequest> {
  return drafts.map((draft) => {
    const isHead = draft.method === 'HEAD';
    return { flaw, bytes: bytesOf(draft, targets), isHead, isRead: isHead || draft.method === 'GET', isBroken: false };
  });
}

/** Events on URLs that are not theirs, and bodies that are no events on one that is. */
function atTheBridge({ callback, created, active }: Targets): fc.Arbitrary<Draft> {
  const event = JSON.stringify({ eventType: 'conference', status: 'completed' });
  const elsewhere = [
    ...[callback.replace('/primary/', '/fallback/'), callback.replace(active, created), callback.slice(0, -1)],
    ...[callback.replace('/primary/', '/x/'), callback.replace(/[^/]*$/, 'x'), callback.replace(/[^/]*$/, '%00')],
    ...[callback.replace(/^\/callbacks\/[^/]*/, '/callbacks/u-platform'), `/callbacks${callback}`, `${callback}x`],
  ];
  const noEvents = fc.oneof(
    fc.constantFrom('{}', '[]', 'null', '', '"x"', '{"eventType":""}', '{"eventType":null}', '{"eventType":{}}'),
    fc.constant(`{"eventType":"${'x'.repeat(101)}"}`),
    bodies.spoiled.map((spoil) => spoil(event)),
    bodies.poison.map((text) => `{"eventType":"",${text}}`),
    bodies.deep.map((text) => `${event.slice(0, -1)},"x":${text}}`),
  );
  return fc.oneof(
    fc.constantFrom(...elsewhere).map((path) => post(path, event)),
    fc.constantFrom('GET', 'PUT', 'DELETE').map((method) => ({ ...post(callback, event), method })),
    noEvents.map((body) => post(callback, body)),
  );
}
