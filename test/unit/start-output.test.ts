import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { readyLine, shownLine, welcome } from '../../src/dev/start-output.ts';

const text = (environment: Record<string, string> = {}, platform: 'sandbox' | 'asterisk' = 'sandbox') => {
  const config = readConfig({ CONVOKE_DATA_DIR: '/data', TEMPORAL_CONFIG_FILE: '/nowhere', ...environment });
  return welcome(config, { platform, milliseconds: 6_140, colours: false });
};

describe('what npm start prints', () => {
  it('tells where everything is, and what to try', () => {
    expect(text()).toBe(`
Convoke is ready (6.1 s).

  API          http://127.0.0.1:8080
  Console      http://127.0.0.1:8080/console
  Temporal UI  http://127.0.0.1:8233
  Temporal     127.0.0.1:7233
  Sandbox      http://127.0.0.1:8181
  Inbox        http://127.0.0.1:8181/sandbox/inbox/demo
  Data         /data

Create a conference, then see what its callback URL got:

  curl -v -X POST http://127.0.0.1:8080/v1/users/u-local/conferences -u t-local:s-local -H "Content-type: application/json" -d '{"from": "+12345678901", "callbackUrl": "http://127.0.0.1:8181/sandbox/inbox/demo"}'
  curl 'http://127.0.0.1:8181/sandbox/inbox/demo?list'

Ctrl-C stops everything.
`);
  });

  it('follows the settings', () => {
    const printed = text({ HOST: '::1', PORT: '1', SANDBOX_PORT: '2', TEMPORAL_PORT: '3', TEMPORAL_UI_PORT: '4' });
    for (const where of ['http://[::1]:1/v1', 'http://[::1]:2/sandbox', ' [::1]:3\n', 'http://[::1]:4\n']) {
      expect(printed).toContain(where);
    }
    expect(text({ HOST: '0.0.0.0' })).toContain('http://127.0.0.1:8080');
  });

  it('tells where telephones reach an Asterisk that was started here', () => {
    const printed = text({}, 'asterisk');
    expect(printed).toContain('  Asterisk     http://127.0.0.1:8282\n  Telephones   sip:127.0.0.1:5060 (UDP)\n');
    const elsewhere = { ASTERISK_ARI_URL: 'http://u:p@pbx.example:8088/ari' };
    expect(text(elsewhere, 'asterisk')).not.toContain('Telephones');
  });

  it('knows no UI of a server that runs elsewhere', () => {
    const printed = text({ TEMPORAL_ADDRESS: 'temporal.example:7233' });
    expect(printed).toContain('  Temporal     temporal.example:7233\n');
    expect(printed).not.toContain('Temporal UI');
  });

  it('leaves the login to fill in when the accounts are the operator’s', () => {
    expect(text({ ACCOUNTS_FILE: 'accounts.json' })).toContain('/v1/users/USER_ID/conferences -u TOKEN:SECRET ');
  });

  it('tells when a part is up', () => {
    expect(readyLine('temporal', 640, false)).toBe('  temporal  ready  0.6 s');
  });
});

describe('a line of a part', () => {
  const line = (fields: object) =>
    JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00.000Z', part: 'worker', msg: 'hello', ...fields });

  it('is shown when it is about a conference, or serious', () => {
    expect(shownLine('worker', line({ conferenceId: 'conf-1' }), false)).toMatch(/^\d\d:\d\d:\d\d {2}conf-1 +hello$/);
    expect(shownLine('worker', line({ level: 'warn' }), false)).toMatch(/worker +hello$/);
    expect(shownLine('worker', line({ level: 'error', err: { message: 'why' } }), false)).toMatch(/hello: why$/);
  });

  it('is not shown otherwise', () => {
    expect(shownLine('worker', line({}), false)).toBeUndefined();
    expect(shownLine('worker', line({ level: 'debug', conferenceId: 'conf-1' }), false)).toBeUndefined();
    expect(shownLine('worker', '', false)).toBeUndefined();
  });

  it('is passed through with the part’s name when it is plain text', () => {
    expect(shownLine('worker', 'TypeError: boom', false)).toBe('worker    TypeError: boom');
  });
});
