import { ServerEventReader } from '../model/server-events.ts';
import { session, signOut, type Session } from './session.ts';

/** What the API answers instead of what was asked for. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks the API for something of an account. @throws ApiError with the API's own words. */
export async function get<Value>(userId: string, path: string, signal?: AbortSignal): Promise<Value> {
  return (await (await send(userId, path, signal === undefined ? {} : { signal })).json()) as Value;
}

/** Has the API do something. @throws ApiError with the API's own words. */
export async function post(userId: string, path: string, body?: object): Promise<Response> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return await send(userId, path, { method: 'POST', ...json });
}

/** Whether these are credentials of this account. @throws ApiError if not. */
export async function tryCredentials(one: Session): Promise<void> {
  await send(one.userId, '/conference-counts', {}, one);
}

/** What is told of a stream beside its messages: it is there, it was cut and is taken up again, has come to its end, or is refused. */
export type StreamState = 'opening' | 'live' | 'cut' | 'over' | 'refused';

export interface Follower {
  onMessages: (data: unknown[]) => void;
  onState: (state: StreamState, why?: string) => void;
}

const AGAIN_AFTER_MS = 1_500;

/** Follows a stream of the API until the signal ends that; one that is cut is taken up where it was. */
export async function follow(userId: string, path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let lastId = '';
  follower.onState('opening');
  while (!isAborted(signal)) {
    try {
      const isOver = await read(userId, path, lastId, signal, follower, (id) => (lastId = id));
      if (isOver) return follower.onState('over');
      follower.onState('cut', 'the connection was closed');
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
      if (isAborted(signal)) return;
      follower.onState(isRefused ? 'refused' : 'cut', wordsOf(error));
      if (isRefused) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function read(
  userId: string,
  path: string,
  lastId: string,
  signal: AbortSignal,
  { onMessages, onState }: Follower,
  onId: (id: string) => void,
): Promise<boolean> {
  const answer = await send(userId, path, { signal, headers: new Headers({ 'last-event-id': lastId }) });
  onState('live');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const messages = new ServerEventReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return false;
    const came = messages.read(value);
    const data = came.filter(({ event }) => event === 'message');
    if (data.length > 0) onMessages(data.map((one): unknown => JSON.parse(one.data)));
    const last = data.at(-1);
    if (last !== undefined) onId(last.id);
    const error = came.find(({ event }) => event === 'error');
    if (error !== undefined) throw new Error((JSON.parse(error.data) as { message?: string }).message);
    if (came.some(({ event }) => event === 'end')) return true;
  }
}

async function send(userId: string, path: string, init: RequestInit, by = session.value): Promise<Response> {
  const headers = new Headers(init.headers);
  if (by !== undefined) headers.set('authorization', `Basic ${base64(`${by.token}:${by.secret}`)}`);
  const url = new URL(`v1/users/${encodeURIComponent(userId)}${path}`, base());
  const answer = await fetch(url, { ...init, headers, credentials: 'omit', cache: 'no-store' });
  if (answer.ok) return answer;
  const { message = `The gateway answered ${answer.status}.` } = (await answer.json().catch(() => ({}))) as {
    message?: string;
  };
  if (answer.status === 401 && by === session.value) signOut('The credentials are not taken any more.');
  throw new ApiError(answer.status, message);
}

/** The page is at `/console` below wherever the gateway is served. */
function base(): string {
  return location.href.replace(/console\/?([?#].*)?$/, '');
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** What to show of something that went wrong. */
export function wordsOf(error: unknown): string {
  if (error instanceof TypeError) return 'The gateway does not answer.';
  return error instanceof Error ? error.message : String(error);
}
