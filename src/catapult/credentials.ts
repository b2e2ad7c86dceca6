/** What HTTP Basic auth carries on this wire. */
export interface Credentials {
  token: string;
  secret: string;
}

/** Reads an `Authorization: Basic …` header; undefined if it is absent or broken. */
export function parseBasicAuth(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([a-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)),
    );
  } catch {
    return undefined;
  }
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { token: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

/** Writes an `Authorization` header. */
export function basicAuth({ token, secret }: Credentials): string {
  const bytes = new TextEncoder().encode(`${token}:${secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
