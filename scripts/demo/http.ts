import type { z } from 'zod';
import { reasonOf } from '../../src/failure.ts';
import { Unexpected } from './tell.ts';

/** Longer than the gateway takes for any answer. */
const ANSWER_WITHIN_MS = 15_000;

/** An answer with its body, JSON or text. */
export interface Answer {
  /** The request, as it is told: `POST /v1/users/…`. */
  request: string;
  status: number;
  location: string | undefined;
  body: unknown;
}

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: object | undefined;
  headers?: Record<string, string>;
}

/** Asks a server. @throws Unexpected when no answer comes. */
export async function ask(url: string, { method = 'GET', body, headers = {} }: Asked = {}): Promise<Answer> {
  const request = `${method} ${new URL(url).pathname}`;
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const location = answer.headers.get('location') ?? undefined;
    return { request, status: answer.status, location, body: parsedJson(text) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Unexpected(`an answer to ${request} (${url})`, `none: ${reasonOf(cause)}`);
  }
}

/** The answer, if it has that status. @throws Unexpected otherwise. */
export function answered(status: number, answer: Answer): Answer {
  if (answer.status === status) return answer;
  const body = answer.body === '' ? '' : ` ${JSON.stringify(answer.body)}`;
  throw new Unexpected(`${answer.request} is answered ${status}`, `${answer.status}${body}`);
}

/** What an answer's body says. @throws Unexpected when it is of another shape. */
export function bodyOf<Shape extends z.ZodType>(shape: Shape, { request, body }: Answer): z.output<Shape> {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Unexpected(`${request} answers what is documented`, JSON.stringify(body));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
