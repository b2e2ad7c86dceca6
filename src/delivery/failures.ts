import { isNativeError } from 'node:util/types';
import { NoAnswer } from '../http/client.ts';
import type { LabelsOf } from '../telemetry/metric-table.ts';

/* What customers are told of a request that got no answer: few words, that say nothing of the operator's network. */

/** Each with the codes of the errors that it stands for. Of a name nobody is told whether it is unknown, or leads where nothing may go. */
const WORDS = {
  'no public address': /^(ERR_CALLBACK_TARGET|ENOTFOUND|ENODATA)$/,
  'name not looked up': /^(EAI_\w+|ETIMEOUT|ESERVFAIL|EREFUSED|EFORMERR|EBADRESP|EBADNAME|ENOTIMP)$/,
  'connection refused': /^ECONNREFUSED$/,
  'connection lost': /^(ECONNRESET|EPIPE|ECONNABORTED)$/,
  'host not reached': /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ETIMEDOUT)$/,
  'TLS failed': /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_)/,
  'answer not understood': /^HPE_/,
} as const;

/** What else there is. */
const OTHERS = ['no answer in time', 'not sent', 'connection lost', 'failed'] as const;

export type FailureWord = keyof typeof WORDS | (typeof OTHERS)[number];

/** All that customers may read. */
export const failureWords: readonly FailureWord[] = [...new Set([...(Object.keys(WORDS) as FailureWord[]), ...OTHERS])];

/** What a request failed by, in one of these words. */
export function whatFailed(error: unknown): FailureWord {
  if (error instanceof NoAnswer && error.isTimeout) return 'no answer in time';
  if (error instanceof NoAnswer && error.isOurs) return 'not sent';
  const { code }: NodeJS.ErrnoException = isNativeError(error) ? error : ({} as Error);
  const found = Object.entries(WORDS).find(([, codes]) => codes.test(code ?? ''));
  if (found !== undefined) return found[0] as FailureWord;
  return error instanceof NoAnswer && code === undefined ? 'connection lost' : 'failed';
}

const KINDS: Partial<Record<string, LabelsOf<'convoke_delivery_attempt_duration_seconds'>['result']>> = {
  ...{ 'no answer in time': 'timeout', 'no public address': 'refused' },
  ...{ 'connection refused': 'unreachable', 'host not reached': 'unreachable', 'name not looked up': 'unreachable' },
};

/** What a request's result is counted by: the class of its status, or the kind of its failure. */
export function kindOf(result: string): LabelsOf<'convoke_delivery_attempt_duration_seconds'>['result'] {
  const [, digit] = /^(?:redirected \()?([2-5])\d\d\)?$/.exec(result) ?? [];
  return digit === undefined ? (KINDS[result] ?? 'failed') : (`${digit}xx` as '2xx' | '3xx' | '4xx' | '5xx');
}
