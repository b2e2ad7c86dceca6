import { present } from './present.ts';

/** The wire's error table: HTTP status and category of every code that we send (Catapult v1, "Errors"), and what whoever gets it can do. */
export const errorTable = {
  'validation-error': { status: 400, category: 'bad-request', advice: 'Correct the fields that the message names.' },
  'callback-invalid-url': {
    status: 400,
    category: 'bad-request',
    advice: 'Give an http:// or https:// URL of at most 2048 characters.',
  },
  'user-access-denied': {
    status: 401,
    category: 'authentication',
    advice: 'Use the credentials of the account in the path, or one of the accounts that are known.',
  },
  'conference-error': {
    status: 403,
    category: 'forbidden',
    advice: 'Look at the conference: in its phase this cannot be done.',
  },
  'conference-max-members': {
    status: 403,
    category: 'limit',
    advice: 'Wait until a member leaves, or open another conference.',
  },
  'call-rate-limit': { status: 403, category: 'limit', advice: 'Dial again later, and fewer calls at a time.' },
  'call-id-not-found': {
    status: 403,
    category: 'forbidden',
    advice: 'Dial again: the call is over, or there never was one.',
  },
  'invalid-call-conference-id': {
    status: 403,
    category: 'forbidden',
    advice: 'Add the call to the conference for which it was dialled.',
  },
  'conference-not-found': {
    status: 404,
    category: 'not-found',
    advice: 'Check the id and the account. A conference is kept for 30 days after its end.',
  },
  'conference-member-not-found': { status: 404, category: 'not-found', advice: 'List the members for their ids.' },
  'schedule-not-found': {
    status: 404,
    category: 'not-found',
    advice: 'Check the id and the account. A schedule is forgotten some days after its last run.',
  },
  'resource-not-found': { status: 404, category: 'not-found', advice: 'Check the path.' },
  'method-not-allowed': { status: 405, category: 'bad-request', advice: 'Use a method that Allow names.' },
  'duplicate-conference': {
    status: 409,
    category: 'conflict',
    advice: 'Take a new Idempotency-Key for another conference.',
  },
  'conference-update-conflict': {
    status: 409,
    category: 'conflict',
    advice: 'Take a new Idempotency-Key for another request.',
  },
  'duplicate-schedule': {
    status: 409,
    category: 'conflict',
    advice: 'Take a new Idempotency-Key for another schedule.',
  },
  'schedule-update-conflict': {
    status: 409,
    category: 'conflict',
    advice: 'Take a new Idempotency-Key for another request.',
  },
  'body-too-large': { status: 413, category: 'bad-request', advice: 'Send less than 64 KiB.' },
  'unsupported-media-type': {
    status: 415,
    category: 'bad-request',
    advice: 'Send JSON in UTF-8, and say so in Content-Type.',
  },
  'rate-limit-reached': {
    status: 429,
    category: 'too-many-requests',
    advice: 'Send it again at the time in X-RateLimit-Reset (epoch milliseconds).',
  },
  'backend-protocol-support-failure': {
    status: 500,
    category: 'backend',
    advice: 'Tell the operator: what went wrong is in the log.',
  },
  'gateway-unavailable': {
    status: 503,
    category: 'unavailable',
    advice: 'Send it again in a moment, with the same Idempotency-Key if it had one; the message says what is missing.',
  },
} as const satisfies Record<string, { status: number; category: string; advice: string }>;

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

/**
 * An error that is answered on the wire; `headers` go with it (`Location`, `Allow`, `X-RateLimit-Reset`, …). `code` tells errors apart: one of
 * `errorTable`, or a platform's own.
 */
export class CatapultError extends Error {
  override readonly name = 'CatapultError';
  readonly wire: WireError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(wire: WireError, headers: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(wire.message, { cause });
    this.wire = wire;
    this.headers = headers;
  }

  get code(): ErrorCode | (string & {}) {
    return this.wire.code;
  }

  /** The HTTP status that the gateway answers. */
  get status(): number {
    return this.wire.status;
  }

  /** The fields that are wrong, or whatever else the error is about. */
  get details(): readonly ErrorDetail[] {
    return this.wire.details ?? [];
  }

  /** What can be done about it. */
  get advice(): string {
    const known: { advice: string } | undefined = new Map(Object.entries(errorTable)).get(this.code);
    return known?.advice ?? 'This is the platform’s own refusal: see its message.';
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
