import type { FastifyInstance } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '../telemetry/log.ts';

/** Behind TLS clients would get addresses that begin with http:// and our own name: logged once. */
export function tellOfTls(app: FastifyInstance, logger: Logger): void {
  let hasWarned = false;
  app.addHook('onRequest', async ({ headers, protocol }) => {
    if (hasWarned || !(protocol === 'https' || cameByTls(headers))) return;
    hasWarned = true;
    logger.warn(
      'A request came by TLS (X-Forwarded-Proto: https) and PUBLIC_URL is not set: the URIs in events begin with http://, and ' +
        'so does Location, unless TRUSTED_PROXIES names the proxy. Set PUBLIC_URL for worker and gateway to the https:// address at which clients reach this.',
    );
  });
}

/** Of several proxies the first in the list is the client's; the standard's header (RFC 7239) says it in a field. */
function cameByTls({ 'x-forwarded-proto': proto, forwarded }: IncomingHttpHeaders): boolean {
  return /^\s*https\b/i.test([proto].flat().join()) || /^[^,]*\bproto="?https\b/i.test(forwarded ?? '');
}
