/* SIP messages (RFC 3261), as far as a telephone on loopback needs them. */

export interface SipMessage {
  /** `INVITE sip:… SIP/2.0`, or `SIP/2.0 200 OK`. */
  first: string;
  /** In the order in which they came, names as they came. */
  headers: [name: string, value: string][];
  body: string;
}

export function parseSip(text: string): SipMessage {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { first, headers, body };
}

export function writeSip({ first, headers, body }: SipMessage): string {
  const all = [
    ...headers,
    ...(body === '' ? [] : [['Content-Type', 'application/sdp']]),
    ['Content-Length', body.length],
  ];
  return `${[first, ...all.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n${body}`;
}

/** All values of a header. */
export function valuesOf({ headers }: SipMessage, name: string): string[] {
  return headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

export function valueOf(message: SipMessage, name: string): string {
  return valuesOf(message, name)[0] ?? '';
}

/** The address between `<` and `>`. */
export function addressIn(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value;
}

/** `INVITE`; for an answer what it is an answer to. */
export function methodOf(message: SipMessage): string {
  const { first } = message;
  return first.startsWith('SIP/2.0') ? (valueOf(message, 'CSeq').split(' ')[1] ?? '') : (first.split(' ')[0] ?? '');
}

/** Undefined for a request. */
export function statusOf({ first }: SipMessage): number | undefined {
  const [, status] = /^SIP\/2\.0 (\d{3})/.exec(first) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** An answer to a request: it repeats what says whose answer it is. */
export function answerTo(
  request: SipMessage,
  status: string,
  tag: string,
  more: { contact?: string; body?: string } = {},
): SipMessage {
  const repeated = request.headers.filter(([name]) => /^(via|from|call-id|cseq|record-route)$/i.test(name));
  const to = valueOf(request, 'To');
  const contact: [string, string][] = more.contact === undefined ? [] : [['Contact', more.contact]];
  const tagged = to.includes(';tag=') ? to : `${to};tag=${tag}`;
  return { first: `SIP/2.0 ${status}`, headers: [...repeated, ['To', tagged], ...contact], body: more.body ?? '' };
}
