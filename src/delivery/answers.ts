import type { HttpAnswer } from '../http/client.ts';
import { terminalText } from '../telemetry/terminal.ts';
import { ANSWER_BODY_WITHIN_MS, MAX_ANSWER_BYTES } from './budget.ts';
import { isAllowed, type AllowedNetworks } from './guard.ts';

/*
 * What is kept of a failed answer for its account: the beginning of its text. Only of what anybody on the internet may read, or the account's own
 * networks hold: the networks that an operator has opened for all are there to be sent to, not to be read.
 */

/** The beginning of an answer's text; undefined where it is not for the account, or is no text. */
export async function answerOf(
  answer: HttpAnswer,
  readable: AllowedNetworks,
  denied: readonly string[],
): Promise<string | undefined> {
  const { address, status } = answer;
  const isFailed = status >= 400;
  if (!isFailed || address === undefined || !isAllowed(address, readable, denied)) return undefined;
  return textOf(await answer.beginning(MAX_ANSWER_BYTES, ANSWER_BODY_WITHIN_MS));
}

/** Undefined for what is no UTF-8, as what is packed or an image; a character that is cut at the end is left out. */
function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    // Escapes are longer than what they stand for.
    return text === '' ? undefined : terminalText(text, { keepLines: true }).slice(0, MAX_ANSWER_BYTES);
  } catch {
    return undefined;
  }
}
