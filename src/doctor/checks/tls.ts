import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { ENDS_SOON_MS, LOOK_WITHIN_MS } from '../../budget.ts';
import { reasonOf } from '../../failure.ts';
import { ok, open, warning, wrong, type Check, type Finding, type Patient } from '../finding.ts';

export const tlsCheck: Check = {
  name: 'tls',
  async look({ config }) {
    const { bridge, platform, temporal } = config;
    const urls = [...new Set([bridge.primaryUrl, bridge.fallbackUrl, platform.url])];
    const served = await Promise.all(urls.filter((url) => url.startsWith('https:')).map(ofServer));
    const own = config.tls === undefined ? [] : [ofFile('TLS_CERT_FILE', config.tls.certFile)];
    const found = [...served.flat(), ...own, ...ofClient(temporal)];
    return found.length > 0 ? found : [open('Nothing here has a certificate.', 'See public-url.')];
  },
};

type Temporal = Patient['config']['temporal'];

async function ofServer(url: string): Promise<Finding[]> {
  try {
    const { certificate, untrusted } = await certificateOf(new URL(url));
    if (untrusted !== undefined)
      return [wrong(`Nobody trusts the certificate of ${url}: ${untrusted}.`, 'Put one in place that clients trust.')];
    return [ending(`The certificate of ${url}`, certificate)];
  } catch (error) {
    return [wrong(`${url} shows no certificate: ${reasonOf(error)}.`, 'See whether something listens there.')];
  }
}

/** What Temporal is shown, with mTLS. */
function ofClient({ connectionOptions: { tls } }: Temporal): Finding[] {
  const pair = typeof tls === 'object' ? tls?.clientCertPair : undefined;
  if (!pair) return [];
  return [ending('Our certificate for Temporal (TEMPORAL_TLS_CLIENT_CERT_PATH)', new X509Certificate(pair.crt))];
}

/** How long a certificate of a file is good. */
function ofFile(setting: string, file: string): Finding {
  try {
    return ending(`The certificate in ${file} (${setting})`, new X509Certificate(readFileSync(file)));
  } catch (error) {
    return wrong(`${setting}: ${file} cannot be used: ${reasonOf(error)}.`, 'Give a certificate in PEM.');
  }
}

function ending(whose: string, { validFrom, validTo }: X509Certificate): Finding {
  const [from, to, now] = [Date.parse(validFrom), Date.parse(validTo), Date.now()];
  if (now < from) return wrong(`${whose} is good from ${validFrom} on.`, 'See the clock, or put another in place.');
  if (now > to) return wrong(`${whose} has expired at ${validTo}.`, 'Put a new one in place.');
  if (to - now < ENDS_SOON_MS) return warning(`${whose} expires at ${validTo}.`, 'Put a new one in place.');
  return ok(`${whose} is good until ${validTo}.`);
}

function certificateOf({ hostname, port }: URL): Promise<{ certificate: X509Certificate; untrusted?: string }> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // Also one that nobody trusts has an end, and a reason.
    const given = { host, port: Number(port || 443), rejectUnauthorized: false, timeout: LOOK_WITHIN_MS };
    const socket = connect(isIP(host) === 0 ? { ...given, servername: host } : given);
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${LOOK_WITHIN_MS} ms`)));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const { authorized, authorizationError } = socket;
      socket.destroy();
      if (certificate === undefined) return reject(new Error('it shows none'));
      // It may have expired, which says more.
      const hasExpired = Date.parse(certificate.validTo) < Date.now();
      const untrusted = !authorized && !hasExpired ? reasonOf(authorizationError) : undefined;
      resolve(untrusted === undefined ? { certificate } : { certificate, untrusted });
    });
  });
}
