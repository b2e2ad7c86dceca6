import type { z } from 'zod';
import { basicAuth } from '../../catapult/credentials.ts';
import { catapultError } from '../../catapult/errors.ts';
import { present } from '../../catapult/present.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import { HttpClient, NoAnswer } from '../../http/client.ts';
import { ARI_WITHIN_MS, MAX_ARI_BYTES } from '../budget.ts';

type Query = Record<string, string | number | boolean>;

/** A request of Asterisk's REST interface. */
export interface AriRequest {
  query?: Query;
  body?: object;
}

/** An answer that is no error of the server's: its status says whether what was asked for could be done. */
interface AriAnswer {
  status: number;
  isDone: boolean;
  body: unknown;
}

/** Asterisk's REST interface (ARI). An id is chosen by who asks, so that no request does harm if it comes twice. */
export class Ari {
  /** The address for events, with user and password. */
  readonly eventsUrl: URL;
  private readonly base: string;
  private readonly authorization: string;
  private readonly http = new HttpClient();

  /** The address ends with `/ari` and carries user and password. */
  constructor(address: string) {
    const url = new URL(address);
    const [token, secret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    this.authorization = basicAuth({ token, secret });
    this.eventsUrl = new URL(`${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${url.pathname}/events`);
    this.eventsUrl.search = new URLSearchParams({ app: APP, api_key: `${token}:${secret}` }).toString();
    url.username = '';
    url.password = '';
    this.base = url.href.replace(/\/$/, '');
  }

  /** @throws CatapultError 503 if Asterisk does not answer, or cannot. */
  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { query = {}, body }: AriRequest = {},
  ): Promise<AriAnswer> {
    const url = new URL(this.base + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const headers = present({ authorization: this.authorization, 'content-type': body && 'application/json' });
    try {
      const request = {
        method,
        headers,
        body: body && JSON.stringify(body),
        timeoutMs: ARI_WITHIN_MS,
        isRepeatable: true,
      };
      const answer = await this.http.send(url, request);
      const text = (await answer.text(MAX_ARI_BYTES)) ?? '';
      if (answer.status >= 500 || answer.status === 401)
        throw new Error(`it answered ${answer.status}: ${outsideText(text, 200)}`);
      const isDone = answer.status < 300;
      return { status: answer.status, isDone, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    } catch (cause) {
      const why = cause instanceof NoAnswer || cause instanceof Error ? cause.message : String(cause);
      throw catapultError('gateway-unavailable', `Asterisk does not answer: ${why}`, { cause });
    }
  }

  /** What is there; undefined if there is nothing. */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
    const { isDone, body } = await this.ask('GET', path);
    return isDone ? schema.parse(body) : undefined;
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

/** The name under which Asterisk knows us; its dialplan says `Stasis(convoke,inbound)`. */
export const APP = 'convoke';
