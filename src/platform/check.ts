import { z } from 'zod';
import { CHECKS_UNTIL_WARNED, CHECK_PAUSES_MS, CHECK_WITHIN_MS, MAX_ANSWER_BYTES } from './budget.ts';
import { basicAuth } from '../catapult/credentials.ts';
import { conferencePath } from '../catapult/paths.ts';
import { HttpClient, NoAnswer } from '../http/client.ts';
import type { Logger } from '../telemetry/log.ts';
import type { PlatformAccount } from './client.ts';

/** No platform has it: its 404 shows that the credentials are taken, and changes nothing. */
const NOBODYS = 'convoke-asks-whether-the-settings-fit';

const wireError = z.object({ category: z.string().min(1), code: z.string().min(1) });

/** What a platform's answer says of our settings; `unknown` while it has trouble of its own. */
type Verdict = { is: 'fine' } | { is: 'wrong' | 'unknown'; why: string };

/** Asks the platform, until it has an answer, whether our settings fit, and logs what does not. Answers how to stop that. */
export function watchPlatform(baseUrl: string, account: PlatformAccount, logger: Logger): () => Promise<void> {
  const http = new HttpClient();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(times: number): Promise<void> {
    const verdict = await verdictOf(http, baseUrl, account);
    if (isStopped) return;
    if (verdict.is === 'fine' && times >= CHECKS_UNTIL_WARNED) logger.info('the platform answers');
    if (verdict.is === 'wrong') logger.error(verdict.why);
    if (verdict.is !== 'unknown') return;
    if (times + 1 === CHECKS_UNTIL_WARNED) logger.warn(`The platform at ${baseUrl} (PLATFORM_URL) ${verdict.why}.`);
    const pauseMs = CHECK_PAUSES_MS[Math.min(times, CHECK_PAUSES_MS.length - 1)];
    timer = setTimeout(() => void look(times + 1), pauseMs).unref();
  }

  void look(0);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await http.close();
  };
}

/** Whether a platform takes our credentials, and is one. */
export async function verdictOf(http: HttpClient, baseUrl: string, account: PlatformAccount): Promise<Verdict> {
  const url = baseUrl.replace(/\/+$/, '') + conferencePath(account.userId, NOBODYS);
  try {
    const { status, code } = await ask(http, url, { authorization: basicAuth(account) });
    if (status === 401 || status === 403) {
      const settings = 'PLATFORM_USER_ID, PLATFORM_TOKEN and PLATFORM_SECRET';
      return { is: 'wrong', why: `The platform at ${baseUrl} refuses our credentials (${status}): see ${settings}.` };
    }
    if (status === 429 || status >= 500) return { is: 'unknown', why: `answers ${status}` };
    if (status === 404 && code === 'conference-not-found') return { is: 'fine' };
    // Of another 404 it is not known whether it is about the conference or the way there; but who wants credentials is right.
    if (status === 404 && code !== undefined && [401, 403].includes((await ask(http, url)).status)) {
      return { is: 'fine' };
    }
    const got = `GET ${url} was answered ${status}, not by a Catapult API`;
    const sent = 'what is sent there is {PLATFORM_URL}/v1/users/…';
    return { is: 'wrong', why: `PLATFORM_URL: ${baseUrl} is not the base of the platform's API: ${got}; ${sent}.` };
  } catch (error) {
    return { is: 'unknown', why: `does not answer: ${error instanceof NoAnswer ? error.message : String(error)}` };
  }
}

/** `code` is that of the wire's errors; undefined where the answer is none of them. */
async function ask(http: HttpClient, url: string, headers: Record<string, string> = {}) {
  const answer = await http.send(new URL(url), {
    method: 'GET',
    headers,
    isRepeatable: true,
    timeoutMs: CHECK_WITHIN_MS,
  });
  const text = await answer.text(MAX_ANSWER_BYTES);
  return { status: answer.status, code: codeIn(text ?? '') };
}

function codeIn(text: string): string | undefined {
  try {
    return wireError.safeParse(JSON.parse(text)).data?.code;
  } catch {
    return undefined;
  }
}
