import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/* A Temporal server that lets in whom it knows: a proxy with TLS before the tests' own, as Temporal Cloud has one. */

/** A certificate with its key, in files. */
export interface Certificate {
  certificate: string;
  key: string;
}

const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'pipe' });

/** An authority of its own. */
export function makeAuthority(folder: string, name: string): Certificate {
  const made = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const subject = [
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
    '-nodes',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
  ];
  openssl('req', '-x509', ...subject, '-keyout', made.key, '-out', made.certificate);
  return made;
}

/** A certificate that an authority has signed: of a server on loopback, or of a client. */
export function makeCertificate(folder: string, name: string, authority: Certificate): Certificate {
  const made = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const key = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', made.key];
  openssl('req', '-subj', `/CN=${name}`, ...key, '-out', request);
  const by = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', request, ...by, '-extfile', extensions, '-out', made.certificate);
  return made;
}

export interface GuardedTemporal {
  address: string;
  /** What calls have brought, by their path. */
  calls: { path: string; authorization: string | undefined; client: string | undefined }[];
  close(): Promise<void>;
}

interface Guard {
  server: Certificate;
  /** Whose certificates clients must have, if they must have one. */
  clientAuthority?: Certificate;
  /** The API key that calls must bring, if they must bring one. */
  apiKey?: string;
}

/** A proxy before the server at `upstream`. */
export async function guardTemporal(
  upstream: string,
  { server, clientAuthority, apiKey }: Guard,
): Promise<GuardedTemporal> {
  const calls: GuardedTemporal['calls'] = [];
  const sessions = new Set<http2.Http2Session>();
  const to = http2.connect(`http://${upstream}`);
  const app = http2.createSecureServer({
    ...{ cert: readFileSync(server.certificate), key: readFileSync(server.key) },
    ...(clientAuthority && {
      ca: readFileSync(clientAuthority.certificate),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  });
  app.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  app.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const { authorization } = headers;
    const socket = stream.session?.socket as { getPeerCertificate?: () => { subject?: { CN?: string } } } | undefined;
    calls.push({ path: String(headers[':path']), authorization, client: socket?.getPeerCertificate?.().subject?.CN });
    if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) {
      const refused = {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': '16',
        'grpc-message': 'no such key',
      };
      return stream.respond(refused, { endStream: true });
    }
    forward(stream, to.request({ ...headers, ':scheme': 'http', ':authority': upstream }));
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  return {
    address: `localhost:${(app.address() as AddressInfo).port}`,
    calls,
    async close() {
      for (const session of sessions) session.destroy();
      to.destroy();
      await new Promise((resolve) => app.close(resolve));
    },
  };
}

/** A call with its answer, and the trailers in which gRPC has its status. */
function forward(stream: http2.ServerHttp2Stream, call: http2.ClientHttp2Stream): void {
  let trailers: http2.IncomingHttpHeaders = {};
  stream.pipe(call);
  stream.on('close', () => call.close());
  call.on('error', () => stream.close());
  call.on('response', (answer, flags) => {
    if (stream.destroyed) return;
    // An error without an answer: its status is in these headers, and would not be read there if more came behind them.
    if ((flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0) return stream.respond(answer, { endStream: true });
    stream.respond(answer, { waitForTrailers: true });
    call.pipe(stream);
  });
  call.on('trailers', (brought: http2.IncomingHttpHeaders) => {
    trailers = brought;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
}
