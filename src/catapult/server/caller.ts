import type { FastifyRequest } from 'fastify';
import { present } from '../present.ts';
import { parseBasicAuth } from '../credentials.ts';
import { catapultError } from '../errors.ts';
import { ALL_ACCOUNTS } from '../paths.ts';
import type { Route } from '../route.ts';
import type { Caller, Service } from './handlers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What of the wire is served there. */
    wire?: Pick<Route, 'allAccounts' | 'operatorMay' | 'operatorOnly'>;
  }
}

/**
 * Answers whether it is an operator, who looks at an account and is not one.
 * @throws CatapultError 401 for whoever is not the user in the path, 429 for whoever has tried too often to be.
 */
export function letIn(service: Service, request: FastifyRequest): { isOperator: boolean } {
  const { userId = '' } = request.params as { userId?: string };
  const { wire = {} } = request.routeOptions.config;
  const credentials = parseBasicAuth(request.headers.authorization);
  const may = credentials !== undefined && service.authenticate(userId, credentials, request.ip);
  const changesNothing = ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  const isForAccounts = wire.operatorOnly !== true;
  if (isForAccounts && (may === true || (may === 'read' && changesNothing))) return { isOperator: false };
  const isForOne = userId !== ALL_ACCOUNTS || wire.allAccounts === true;
  if (may === 'operate' && isForOne && (changesNothing || wire.operatorMay === true)) return { isOperator: true };
  const got = { read: 'the token may only read', operate: 'an operator may not ask for that' };
  const wants = `wants HTTP Basic auth with the token and secret of the user in the path`;
  const said =
    !isForAccounts && may !== false
      ? 'only an operator may ask for that'
      : typeof may === 'string'
        ? got[may]
        : credentials
          ? 'the credentials do not fit'
          : 'got none';
  throw catapultError('user-access-denied', `Authorization: ${said}, ${wants}.`);
}

/** Whether who was let in would be now. */
export function isStillLetIn(service: Pick<Service, 'stillMay'>, request: FastifyRequest): boolean {
  const { userId = '' } = request.params as { userId?: string };
  const credentials = parseBasicAuth(request.headers.authorization);
  return credentials === undefined || (service.stillMay?.(userId, credentials) ?? true);
}

/** Who sent a request. `publicUrl` overrides the Host header. @throws CatapultError 400 for headers that cannot be. */
export function callerOf(request: FastifyRequest, publicUrl: string | undefined): Caller {
  const { userId = '' } = request.params as { userId?: string };
  const idempotencyKey = idempotencyKeyOf(request);
  const baseUrl = publicUrl?.replace(/\/+$/, '') ?? `${schemeOf(request)}://${hostOf(request)}`;
  return present({ userId, baseUrl, idempotencyKey });
}

/** As a proxy says it that is trusted (Fastify's `trustProxy`). */
function schemeOf({ protocol }: FastifyRequest): 'http' | 'https' {
  return protocol === 'https' ? 'https' : 'http';
}

/** The client's own word for us, where it can be one: it becomes part of an address. HTTP/1.0 may do without. */
function hostOf({ host, raw, socket }: FastifyRequest): string {
  if (host === '' && raw.httpVersion === '1.0') {
    const { localAddress = '', localPort } = socket;
    const address = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
    return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
  }
  if (/^[\w.:[\]-]+$/.test(host)) return host;
  throw catapultError(
    'validation-error',
    `Host: got ${JSON.stringify(host).slice(0, 100)}, wants a host name and port.`,
  );
}

/** Where somebody who follows goes on. @throws CatapultError 400 for what is no such place. */
export function lastEventIdOf({ headers }: FastifyRequest): number | undefined {
  const id = headers['last-event-id'];
  if (id === undefined || id === '') return undefined;
  if (typeof id === 'string' && /^\d{1,15}$/.test(id)) return Number(id);
  const shown = JSON.stringify(id).slice(0, 100);
  throw catapultError('validation-error', `Last-Event-ID: got ${shown}, wants the id of a message of this stream.`);
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw catapultError(
    'validation-error',
    `Idempotency-Key: got ${JSON.stringify(key).slice(0, 100)}, wants 1 to 255 visible ASCII characters.`,
  );
}
