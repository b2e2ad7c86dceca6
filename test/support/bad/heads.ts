import fc from 'fast-check';
import { post, whole, withHeader, withoutHeader, type Draft, type Order, type Targets } from './draft.ts';
import { hostile } from './values.ts';

/* Requests whose body would be taken, but for who sends it, where to, or how. */

export function unauthorized(order: Order): fc.Arbitrary<Draft> {
  return authorizations.map((lines) =>
    lines.length === 0
      ? withoutHeader(whole(order), 'authorization')
      : { ...whole(order), headers: lines.map((line): [string, string] => ['authorization', line]) },
  );
}

const authorizations = fc.constantFrom<string[][]>(
  ...[
    [],
    ['Basic'],
    ['Basic '],
    ['Basic !!!'],
    ['Basic ===='],
    ['Basic dGVzdA=='],
    ['Bearer x'],
    ['Digest a="x"'],
    ['x'],
  ],
  ...[['Basic dC1sb2NhbDp4'], ['Basic OnMtbG9jYWw='], ['Basic dC1sb2NhbDo='], ['Basic dS1sb2NhbDpzLWxvY2Fs']],
  ...[
    ['Basic dC1sb2NhbDpzLWxvY2FsAA=='],
    ['Basic /////w=='],
    [`Basic ${'QUFB'.repeat(2_000)}`],
    ['Basic \u00e9\u00ff'],
  ],
  ...[['Basic Og=='], ['\u00e9'], [''], ['Basic x', 'Basic dC1sb2NhbDpzLWxvY2Fs']],
  ...[['Basic dC1sb2NhbDpzLWxvY2Fs, Basic x'], ['Basic "dC1sb2NhbDpzLWxvY2Fs"']],
);

export function otherContentType(order: Order): fc.Arbitrary<Draft> {
  return contentTypes.map((type) => withHeader(whole(order), 'content-type', type));
}

const contentTypes = fc.constantFrom(
  ...[
    'text/plain',
    'text/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ],
  ...['application', 'json', '*/*', 'application/json-patch+json', 'application/jsonp', 'x/y/z', '\u00e9/\u00e9', ';'],
  'a'.repeat(5_000),
);

export function oddHeader(order: Order): fc.Arbitrary<Draft> {
  return headers.map(([name, value]) => withHeader(whole(order), name, value));
}

const headers = fc.oneof(
  fc
    .constantFrom('', 'a b', 'a\tb', '\u00e9', '\u0080', 'x'.repeat(256), 'x'.repeat(9_000), '\u00a0')
    .map((value): [string, string] => ['idempotency-key', value]),
  fc
    .constantFrom(
      '',
      'a b',
      'evil"<x>',
      'a/../b',
      'a/b',
      'a@b',
      'a?b',
      'a#b',
      '%00',
      'a,b',
      '\u00e9',
      "a'",
      '\\',
      '{}',
      '*',
    )
    .map((value): [string, string] => ['host', value]),
);

export function otherMethod(order: Order): fc.Arbitrary<Draft> {
  return methods.map((method) => ({ ...whole(order), method }));
}

const methods = fc.constantFrom(
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'SEARCH'],
  ...['PURGE', 'LINK', 'REPORT', 'M-SEARCH', 'MKCALENDAR', 'ACL', 'BIND', 'SUBSCRIBE', 'CONNECT'],
  ...['post', 'Post', 'FOO', 'GETT', 'POST\u0000', '\u00e9', 'G'.repeat(5_000)],
);

/** Percent-encoded; half a surrogate pair becomes a replacement character. */
export function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** Paths at which there is nothing, or that are none. */
export function nowhere(targets: Targets, order: Order): fc.Arbitrary<Draft> {
  return fc
    .tuple(pathsFor(targets), fc.constantFrom('GET', 'POST'))
    .map(([path, method]) => ({ ...post(path, JSON.stringify(order.body)), method }));
}

function pathsFor({ user, active, created, member }: Targets): fc.Arbitrary<string> {
  const root = `/v1/users/${user}`;
  const conference = `${root}/conferences/${active}`;
  const oddId = fc.oneof(
    fc.constantFrom(
      ...[
        '%00',
        '%2e%2e',
        '..',
        '%2f',
        '%252f',
        '%5c',
        '%ff',
        '%',
        '%zz',
        '%u0041',
        '%c0%ae',
        '*',
        ':id',
        '\u00e9',
        '\u00ff',
      ],
      ...[`${active}%00`, `${active}%20`, `%20${created}`, active.toUpperCase(), `${active}%0d%0a`, `${active}.json`],
      ...[`${active};x`, `${active}%3fx`, `${created}%2f..`, active.slice(0, -1), `${created}x`],
    ),
    fc.integer({ min: 101, max: 9_000 }).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 400, max: 3_000 }).map((length) => '%41'.repeat(length)),
    hostile.map((text) => encoded(text) || '%20'),
  );
  const behind = fc.constantFrom('', '/audio', '/members', `/members/${member}`, `/members/${member}/audio`);
  return fc.oneof(
    fc.tuple(oddId, behind).map(([id, rest]) => `${root}/conferences/${id}${rest}`),
    fc.tuple(oddId, behind).map(([id, rest]) => `${root}${id}/conferences/${active}${rest}`),
    oddId.map((id) => `${conference}/${id}`),
    oddId.map((id) => `${root}/calls/${id}`),
    fc.constantFrom(
      ...[
        '/',
        '*',
        '',
        '?',
        '#',
        '/v1',
        '/v1/users',
        '/v2/users/x',
        '/.env',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/../../x',
        '//',
        'x',
      ],
      ...[`/V1/users/${user}/conferences`, `/v1/USERS/${user}/conferences/${active}`, `${root}/Conferences/${active}`],
      ...[
        `http://x${root}/recordings`,
        `${root}/calls/x/audio`,
        `${conference}/members/${member}/dtmf`,
        '\u00e9',
        '/healthz/x',
      ],
      ...[`${conference}/../x`, `${root}/./conferences`, `${root}/conferences /x`, `${root}/conferences\u0000`],
      ...[`${root}/conferences\\${active}`, `${conference}/Members`, `${conference}/members/${member}/audio/x`],
    ),
  );
}
