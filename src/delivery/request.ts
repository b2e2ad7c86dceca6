import { Webhook } from 'standardwebhooks';
import { basicAuth } from '../catapult/credentials.ts';
import { withAbsoluteUris, type EventBody } from '../catapult/events.ts';
import { exactText, writeExactly } from '../catapult/exact-numbers.ts';

const USER_AGENT = 'BandwidthAPI/v1 (Convoke)';

/** One event to send. With a `signing` part it carries the Standard Webhooks headers and its place in the order. */
export interface Message {
  event: EventBody;
  signing?: { id: string; sequence: number; secrets: readonly string[] };
}

/** A numbered event as the customer gets it: with absolute URIs, and signed. */
export function signedMessage(
  { id, sequence, event }: { id: string; sequence: number; event: EventBody },
  secrets: readonly string[],
  baseUrl: string,
): Message {
  return { event: withAbsoluteUris(event, baseUrl), signing: { id, sequence, secrets } };
}

export interface CallbackRequest {
  url: URL;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

/**
 * The HTTP request for an event: a JSON body, or the same fields as a query string for GET; `user:password@` of the URL
 * as Basic auth. What is signed is the body, or for GET the query string of the event's fields.
 */
export function callbackRequest(address: string, method: 'GET' | 'POST', { event, signing }: Message): CallbackRequest {
  const url = new URL(address);
  const headers: Record<string, string> = { 'user-agent': USER_AGENT };
  if (url.username !== '' || url.password !== '') {
    headers['authorization'] = basicAuth({
      token: percentDecoded(url.username),
      secret: percentDecoded(url.password),
    });
    url.username = '';
    url.password = '';
  }
  const payload = method === 'POST' ? writeExactly(event) : queryString(event);
  if (signing !== undefined) Object.assign(headers, signatureHeaders(signing, payload));
  if (method === 'GET') {
    url.search += (url.search === '' ? '?' : '&') + payload;
    return { url, method, headers };
  }
  headers['content-type'] = 'application/json; charset=utf-8';
  return { url, method, headers, body: payload };
}

/** A `%` that begins no escape stands for itself, as it does wherever such URLs are typed. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function queryString(event: EventBody): string {
  // First, whatever the platform sends beside it: receivers find by it where the signed part begins.
  const { eventType, ...others } = event;
  const fields = [['eventType', eventType] as const, ...Object.entries(others)].filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, exactText(value)])).toString();
}

function signatureHeaders(signing: NonNullable<Message['signing']>, payload: string): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': signing.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    // While secrets are rotated there are two: a receiver takes the event if one of them is theirs.
    'webhook-signature': signing.secrets.map((secret) => new Webhook(secret).sign(signing.id, now, payload)).join(' '),
    'convoke-sequence': String(signing.sequence),
  };
}
