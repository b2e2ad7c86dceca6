import type { FastifyInstance } from 'fastify';
import { catapultError } from '../errors.ts';

/**
 * For a server whose credentials are known to everyone, on an address that only this machine reaches: a web page that a person here looks at
 * must not reach it. It takes requests that name this machine as their host (a name that a page has led here is another one), or one of
 * `hosts`, and none that a browser sends for a page from elsewhere. To be called before a route is added.
 */
export function takeLocalOnly(app: FastifyInstance, hosts: readonly string[] = []): void {
  const isLocal = (authority: string) => {
    const name = authority.replace(/:\d+$/, '').toLowerCase();
    return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name) || hosts.includes(name);
  };
  app.addHook('onRequest', async ({ headers: { host, origin, 'sec-fetch-site': site } }) => {
    // HTTP/1.0 may do without; no browser does.
    if (host !== undefined && host !== '' && !isLocal(host)) throw refused('Host', host, 'a name of this machine');
    const from = origin?.replace(/^https?:\/\//, '');
    if (from !== undefined && !isLocal(from)) throw refused('Origin', from, 'a page of this machine, or none');
    if (site === 'cross-site') throw refused('Sec-Fetch-Site', site, 'a page of this machine');
  });
}

function refused(name: string, got: string, wanted: string) {
  const shown = JSON.stringify(got).slice(0, 100);
  return catapultError(
    'resource-not-found',
    `${name}: got ${shown}, wants ${wanted}: only local requests are taken here.`,
  );
}
