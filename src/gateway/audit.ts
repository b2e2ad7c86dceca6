import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account, Accounts } from '../accounts/accounts.ts';
import { parseBasicAuth, type Credentials } from '../catapult/credentials.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { present } from '../catapult/present.ts';
import { endsOfRequests } from '../catapult/server/bodies.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import { MAX_FAILURES_REMEMBERED, REFUSALS_TOLD_EVERY_MS } from './budget.ts';
import { networkOf } from './network-of.ts';

/* Every request of an account goes into the audit log: who, from where, what, and what became of it. */

type Line = { event: 'request' } & Record<string, unknown>;

export interface AuditOptions {
  audit: Pick<AuditLog, 'write'>;
  accounts: Pick<Accounts, 'get'>;
  /** Who looks at all accounts, and is none of them. */
  operator?: Credentials | undefined;
}

/** To be called before a route is added, and before the hook that lets accounts in. */
export function auditRequests(app: FastifyInstance, { audit, accounts, operator }: AuditOptions): void {
  const refusals = new Refusals(audit);
  const whenOver = endsOfRequests();
  app.addHook('onRequest', async (request, reply) => {
    // Of what is no path of the wire nobody's credentials are looked at.
    if (request.is404 || request.routeOptions.url?.startsWith('/v1/') !== true) return;
    // A connection that is gone has no address, and an account may be changed while its request goes on.
    const account = accounts.get(userIdOf(request));
    const from = { address: outsideText(request.ip, 100), account, operator };
    whenOver(request, reply, () => {
      const line = lineOf(request, reply, from);
      // Nothing was done for these, and whoever sends many must not drive out what others did.
      if (line['outcome'] === 401 || line['outcome'] === 429) refusals.note(line, from);
      else audit.write(line);
    });
  });
  const timer = setInterval(() => refusals.tell(), REFUSALS_TOLD_EVERY_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    refusals.tell();
  });
}

interface From {
  address: string;
  account: Account | undefined;
  operator: Credentials | undefined;
}

function userIdOf({ params }: FastifyRequest): string {
  return (params as { userId?: string } | undefined)?.userId ?? '';
}

function lineOf(request: FastifyRequest, reply: FastifyReply, { address, ...known }: From): Line {
  const [path = ''] = request.url.split('?');
  const made = reply.statusCode < 300 ? reply.getHeader('location') : undefined;
  return present({
    event: 'request' as const,
    account: outsideText(userIdOf(request), 100),
    ...whoOf(request, known),
    method: request.method,
    path: outsideText(path, 300),
    outcome: reply.raw.headersSent ? reply.statusCode : 'client gone',
    made: typeof made === 'string' ? made.split('/').pop() : undefined,
    address,
  });
}

/** Which of the account's tokens it came with, or the operator's. Any other text may be a secret that stands in the wrong place. */
function whoOf({ headers }: FastifyRequest, { account, operator }: Omit<From, 'address'>) {
  const given = parseBasicAuth(headers.authorization)?.token;
  const known = [account?.token, ...(account?.tokens ?? []).map(({ id }) => id)];
  if (given === undefined) return {};
  if (known.includes(given)) return { token: given };
  return given === operator?.token ? { operator: given } : {};
}

/**
 * Requests that were refused for their credentials, or for a limit: the first is told at once, those after it in a line a minute with their
 * number, for each outcome, account and address. Of accounts that there are not only the address counts: their names cost nothing.
 */
class Refusals {
  private readonly audit: AuditOptions['audit'];
  private readonly known = new Map<string, { line: Line; untold: number }>();

  constructor(audit: AuditOptions['audit']) {
    this.audit = audit;
  }

  note(line: Line, { address, account }: From): void {
    const own = [networkOf(address), account?.userId, line['outcome']].join('\n');
    const hasRoom = this.known.has(own) || this.known.size < MAX_FAILURES_REMEMBERED;
    const key = hasRoom ? own : `\n${String(line['outcome'])}`;
    const before = this.known.get(key);
    if (before === undefined) this.write(line, 1);
    this.known.set(key, { line: hasRoom ? line : { ...line, address: 'many' }, untold: (before?.untold ?? -1) + 1 });
  }

  /** What has not been told yet. Whoever has sent nothing since then begins anew. */
  tell(): void {
    for (const [key, { line, untold }] of this.known) {
      this.write(line, untold);
      if (untold === 0) this.known.delete(key);
      else this.known.set(key, { line, untold: 0 });
    }
  }

  private write(line: Line, times: number): void {
    if (times > 0) this.audit.write({ ...line, times });
  }
}
