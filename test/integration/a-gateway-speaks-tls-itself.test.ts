import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlainly, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { authority, type Certificate } from '../support/certificates.ts';
import { endOf, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { until } from '../support/until.ts';

/* A gateway with a certificate and no proxy: TLS alone, from 1.2 on, with what its files hold now, and the same bounds as without. */

const DESCRIPTORS = 256;
const ca = authority();
let folder: string;
let certFile: string;
let keyFile: string;
let port: number;
let gateway: Program;

const put = ({ cert, key }: Certificate) => {
  rmSync(keyFile, { force: true });
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert);
};

async function start(own: Record<string, string> = {}): Promise<Program> {
  const PORT = await freePort();
  port = Number(PORT);
  const settings = {
    ...{ PORT, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, CONVOKE_DATA_DIR: join(folder, 'data') },
    ...{ TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_CONFIG_FILE: '/nowhere', ...own },
  };
  const program = [process.execPath, '--import', 'tsx', 'src/main.ts', 'gateway'];
  return launch('sh', ['-c', `ulimit -n ${DESCRIPTORS}; exec "$@"`, 'sh', ...program], settings);
}

/** What `/healthz` is answered, or why there is no answer. */
function ask(agent: Agent | false = false): Promise<string> {
  const options = {
    host: '127.0.0.1',
    port,
    path: '/healthz',
    ca: ca.cert,
    servername: 'localhost',
    agent,
    timeout: 5_000,
  };
  return new Promise((resolve) => {
    const sent = request(options, (answer) => answer.resume().on('end', () => resolve(String(answer.statusCode))));
    sent.on('error', ({ message }) => resolve(message));
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.end();
  });
}

/** Which protocol, and whose certificate, a handshake ends with. */
function shake(own: ConnectionOptions = {}): Promise<{ protocol: string | null; names: string | undefined }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: ca.cert, servername: 'localhost', ...own }, () => {
      resolve({ protocol: socket.getProtocol(), names: socket.getPeerX509Certificate()?.subjectAltName });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-tls-'));
  [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('with a certificate', () => {
  const strangers: Socket[] = [];
  beforeAll(async () => {
    put(ca.issue(['localhost']));
    gateway = await start();
    await gateway.until(/ready on https:/, 30_000);
  }, 60_000);
  afterAll(async () => {
    for (const socket of strangers) socket.destroy();
    killGroup(gateway);
    await gateway.ended;
  });

  test('it answers by TLS 1.2 and 1.3, and by nothing older', async () => {
    expect(await ask()).toBe('200');
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await shake({ minVersion: version, maxVersion: version })).toMatchObject({ protocol: version });
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(shake(old)).rejects.toThrow(/alert|version|protocol/i);
  });

  test('plain HTTP is not answered', async () => {
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('a certificate that is renewed is shown within 10 s, while connections go on; files that are broken change nothing', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask(agent)).toBe('200');
    put(ca.issue(['localhost', 'renewed.example']));
    const isRenewed = async () => (await shake()).names?.includes('renewed.example');
    await until('the new one is shown', isRenewed, 10_000);
    expect(await ask(agent)).toBe('200');
    agent.destroy();
    writeFileSync(certFile, 'no certificate');
    await gateway.until(/TLS_CERT_FILE.*cannot be used.*The certificate stays as it was/, 10_000);
    expect(await isRenewed()).toBe(true);
    put(ca.issue(['localhost', 'again.example']));
    gateway.child.kill('SIGHUP');
    await until('it is read at once', async () => (await shake()).names?.includes('again.example'), 10_000);
  }, 60_000);

  test('it is answered beside more strangers than there may be connections, who begin no handshake', async () => {
    const answers = new Set<string>();
    for (let count = 0; count < 300; count += 1) {
      const socket = connectPlainly({ host: '127.0.0.1', port });
      socket.on('error', () => undefined);
      strangers.push(socket);
      if (count % 20 === 0) answers.add(await ask());
    }
    expect(answers).toEqual(new Set(['200']));
    await until(
      'none of them is left after 10 s and a little',
      () => strangers.every(({ destroyed }) => destroyed),
      20_000,
    );
    expect(gateway.output()).not.toMatch(/EMFILE/);
  }, 60_000);
});

describe('it does not start', () => {
  beforeEach(() => put(ca.issue(['localhost'])));
  afterEach(async () => {
    killGroup(gateway);
    await gateway.ended;
  });

  async function why(own: Record<string, string> = {}): Promise<string> {
    gateway = await start(own);
    expect(await endOf(gateway, 30_000)).toBe(1);
    return gateway.output();
  }

  test('with a key that everybody can read', async () => {
    chmodSync(keyFile, 0o644);
    expect(await why()).toMatch(/TLS_KEY_FILE: everybody on this machine can use .*key\.pem/);
  });

  test('with a key of another certificate', async () => {
    writeFileSync(keyFile, ca.issue(['localhost']).key);
    expect(await why()).toMatch(/TLS_CERT_FILE, TLS_KEY_FILE: .* cannot be used: .*key values mismatch/);
  });

  test('with a certificate that has expired', async () => {
    const [from, to] = [new Date('2020-01-01T00:00:00Z'), new Date('2021-01-01T00:00:00Z')];
    put(ca.issue(['localhost'], { from, to }));
    expect(await why()).toMatch(/TLS_CERT_FILE.*the certificate has expired at/);
  });

  test('with one of the two files alone', async () => {
    expect(await why({ TLS_KEY_FILE: '' })).toMatch(/TLS_KEY_FILE: .*wants TLS_CERT_FILE and TLS_KEY_FILE together/);
  });
});
