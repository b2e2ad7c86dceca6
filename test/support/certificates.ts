import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/*
 * Certificates of X.509 (RFC 5280) for tests: of an authority of their own, and for servers and clients. Node reads certificates, and makes none.
 */

export interface Certificate {
  /** In PEM. */
  cert: string;
  key: string;
}

export interface Authority extends Certificate {
  issue(names: readonly string[], given?: Partial<Validity>): Certificate;
}

interface Validity {
  from: Date;
  to: Date;
}

const DAY_MS = 24 * 3_600_000;

/** An authority, and what it issues: certificates for names and IPv4 addresses, good from yesterday until in a year unless given. */
export function authority(commonName = 'tests'): Authority {
  const own = pair();
  const cert = certificate({
    subject: commonName,
    issuer: commonName,
    publicKey: own.publicKey,
    signer: own.privateKey,
    extensions: [CA],
  });
  return {
    ...inPem(cert, own.privateKey),
    issue(names, given) {
      const { publicKey, privateKey } = pair();
      const extensions = [alternativeNames(names)];
      const made = { subject: names[0] ?? '', issuer: commonName, publicKey, signer: own.privateKey, extensions };
      return inPem(certificate(made, given), privateKey);
    },
  };
}

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function inPem(der: Buffer, key: KeyObject): Certificate {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface Made {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  signer: KeyObject;
  extensions: Buffer[];
}

function certificate({ subject, issuer, publicKey, signer, extensions }: Made, given: Partial<Validity> = {}): Buffer {
  const { from = new Date(Date.now() - DAY_MS), to = new Date(Date.now() + 365 * DAY_MS) } = given;
  const signed = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(ECDSA_WITH_SHA256),
    name(issuer),
    sequence(time(from), time(to)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', signed, signer);
  return sequence(signed, sequence(ECDSA_WITH_SHA256), der(0x03, Buffer.from([0]), signature));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);
const object = (hexadecimal: string) => der(0x06, Buffer.from(hexadecimal, 'hex'));
const ECDSA_WITH_SHA256 = object('2a8648ce3d040302');
const COMMON_NAME = object('550403');
const name = (text: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
}

const extension = (id: string, value: Buffer) => sequence(object(id), der(0x04, value));
const CA = extension('551d13', sequence(der(0x01, Buffer.from([0xff]))));

function alternativeNames(names: readonly string[]): Buffer {
  const all = names.map((one) =>
    /^[\d.]+$/.test(one) ? der(0x87, Buffer.from(one.split('.').map(Number))) : der(0x82, Buffer.from(one)),
  );
  return extension('551d11', sequence(...all));
}
