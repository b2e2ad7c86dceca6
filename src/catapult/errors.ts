import { present } from './present.ts';

/** The wire's error table: HTTP status and category of every code that we send (Catapult v1, "Errors"). */
export const errorTable = {
  'validation-error': { status: 400, category: 'bad-request' },
  'callback-invalid-url': { status: 400, category: 'bad-request' },
  'user-access-denied': { status: 401, category: 'authentication' },
  'conference-error': { status: 403, category: 'forbidden' },
  'conference-max-members': { status: 403, category: 'limit' },
  'call-rate-limit': { status: 403, category: 'limit' },
  'call-id-not-found': { status: 403, category: 'forbidden' },
  'invalid-call-conference-id': { status: 403, category: 'forbidden' },
  'conference-not-found': { status: 404, category: 'not-found' },
  'conference-member-not-found': { status: 404, category: 'not-found' },
  'resource-not-found': { status: 404, category: 'not-found' },
  'method-not-allowed': { status: 405, category: 'bad-request' },
  'duplicate-conference': { status: 409, category: 'conflict' },
  'conference-update-conflict': { status: 409, category: 'conflict' },
  'body-too-large': { status: 413, category: 'bad-request' },
  'unsupported-media-type': { status: 415, category: 'bad-request' },
  'rate-limit-reached': { status: 429, category: 'too-many-requests' },
  'backend-protocol-support-failure': { status: 500, category: 'backend' },
  'gateway-unavailable': { status: 503, category: 'unavailable' },
} as const satisfies Record<string, { status: number; category: string }>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorDetail {
  name: string;
  value: string;
}

/** An error of the wire as plain data; `status` is its HTTP status. Codes of a platform may be none of our table. */
export interface WireError {
  status: number;
  category: string;
  code: string;
  message: string;
  details?: ErrorDetail[];
}

/** An error that is answered on the wire; `headers` go with it (`Location`, `Allow`, `X-RateLimit-Reset`, …). */
export class CatapultError extends Error {
  override readonly name = 'CatapultError';
  readonly wire: WireError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(wire: WireError, headers: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(wire.message, { cause });
    this.wire = wire;
    this.headers = headers;
  }
}

/** Makes an error of our own table; `cause` is logged where it is answered, and never sent. */
export function catapultError(
  code: ErrorCode,
  message: string,
  extra: { details?: ErrorDetail[]; headers?: Record<string, string>; cause?: unknown } = {},
): CatapultError {
  const { status, category } = errorTable[code];
  return new CatapultError(
    present({ status, category, code, message, details: extra.details }),
    extra.headers,
    extra.cause,
  );
}

/** The JSON body of an error answer. */
export function errorBody({ category, code, message, details = [] }: WireError): Omit<WireError, 'status'> {
  return { category, code, message, details };
}
