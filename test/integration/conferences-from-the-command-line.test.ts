import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHouse, USER, type House } from '../support/house.ts';
import { dataDirectory, endOf, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/* `convoke conferences`, `events` and `listen`, as somebody in a shell has them. */

let house: House;
const data = dataDirectory();
beforeAll(async () => {
  // The tools are for the queue that workers have without being told of another.
  house = await openHouse({ taskQueue: 'conferences' });
});
afterAll(async () => {
  await house.close();
  data.remove();
});

const settings = () => ({ TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), CONVOKE_DATA_DIR: data.path });
const begun = (...parameters: string[]): Program =>
  launch('node', ['--import', 'tsx', 'src/main.ts', ...parameters], settings());

/** What `convoke …` ends with, and prints. */
async function convoke(...parameters: string[]): Promise<{ code: unknown; said: string }> {
  const program = begun(...parameters);
  const code = await endOf(program, 60_000);
  return { code, said: program.output() };
}

test('one is listed, shown, watched until its end, and ended', async () => {
  const tag = `watched ${Date.now()}`;
  const id = await house.create({ tag, participants: [{ to: '+19195550001' }] });
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'active');
  await until('the index has its member', async () => {
    const { said } = await convoke('conferences', 'list', USER, '--tag', tag, '--json');
    return (JSON.parse(said) as { activeMembers: number }).activeMembers === 1;
  });
  const { code, said } = await convoke('conferences', 'list', USER, '--tag', tag);
  expect({ code, said }).toEqual({
    code: 0,
    said: expect.stringMatching(`^${id}  active .* 1 member  ${tag}\n$`) as unknown,
  });
  const shown = await convoke('conferences', 'show', USER, id, '--json');
  expect(JSON.parse(shown.said)).toMatchObject({ id, phase: 'active', members: [{ state: 'active' }] });

  const watching = begun('conferences', 'watch', USER, id);
  await watching.until(/participant \+19195550001 {2}joined/);
  await watching.until(/conference-member active .* delivered/);
  expect(await convoke('conferences', 'end', USER, id)).toEqual({ code: 0, said: 'It has ended.\n' });
  expect(await endOf(watching, 60_000)).toBe(0);
  expect(watching.output()).toMatch(/conference completed {2}delivered, callbackUrl 200 \(\d+ ms\)\n$/);
  expect((await convoke('conferences', 'show', USER, id)).said).toMatch(/completed \(ended-via-api\)/);
});

test('events are listed, in words and as JSON, and delivered again', async () => {
  const id = await house.create();
  const list = async (...more: string[]) => (await convoke('events', 'list', USER, id, ...more)).said;
  expect(await list()).toMatch(/^#1 {2}\S+ {2}conference created {2}delivered, callbackUrl 200 \(\d+ ms\)\n$/);
  const event = JSON.parse(await list('--json')) as { id: string };
  expect(event).toMatchObject({
    sequence: 1,
    state: 'delivered',
    body: { eventType: 'conference', status: 'created' },
  });
  expect(await list('--dead')).toBe('');
  const before = house.customer.received.length;
  expect(await convoke('events', 'redeliver', USER, id, event.id)).toMatchObject({ code: 0 });
  await until('the customer has it once more', () => house.customer.received.length > before);
  expect(JSON.parse((await convoke('redeliver', USER, '--json')).said)).toMatchObject({ refused: 0 });
});

test('open ones ask the platform', async () => {
  const id = await house.create();
  expect((await convoke('conferences', 'reconcile', USER, id)).said).toContain(`${id} asks the platform`);
  expect((await convoke('reconcile', USER, id, '--json')).said).toBe('{"asked":1}\n');
});

describe('who listens', () => {
  test('gets the events of a conference signed, each until it is taken, and goes on when started again', async () => {
    const id = await house.create({ callbackUrl: undefined });
    const heard = () => house.customer.received.filter(({ path }) => path === '/heard');
    const sequences = () => heard().map(({ headers }) => headers['convoke-sequence']);
    house.customer.answer('/heard', 500);
    const listening = begun('listen', USER, house.customer.url('/heard'), id);
    await listening.until(/#1 {2}\S+ {2}conference created {2}not taken, again in 1 s: 500/);
    house.customer.answer('/heard', 200);
    await listening.until(/#1 {2}\S+ {2}conference created {2}taken: 200/);
    expect(new Set(heard().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(heard()[0]?.headers['webhook-signature']).toMatch(/^v1,/);
    listening.child.kill('SIGKILL');
    await listening.ended;
    await house.service.end({ userId: USER, conferenceId: id });
    const again = begun('listen', USER, house.customer.url('/heard'), id);
    expect(await endOf(again, 60_000)).toBe(0);
    expect(sequences().filter((one) => one !== '1')).toEqual(['2']);
    expect(again.output()).toMatch(/^conf-\S+ {2}#2 {2}\S+ {2}conference completed {2}taken: 200\n$/);
  });

  test('gets no event again for its waiting at the URL of the customer', async () => {
    house.customer.answer('/down', 500);
    const id = await house.create({ callbackUrl: house.customer.url('/down') });
    const url = house.customer.url('/beside');
    const sequences = () =>
      house.customer.received.flatMap(({ path, headers }) => (path === '/beside' ? [headers['convoke-sequence']] : []));
    const listening = begun('listen', USER, url, id);
    await listening.until(/#1 .* taken: 200/);
    listening.child.kill('SIGKILL');
    await listening.ended;
    await house.service.end({ userId: USER, conferenceId: id });
    const again = begun('listen', USER, url, id);
    await again.until(/conference completed {2}taken: 200/);
    again.child.kill('SIGKILL');
    await again.ended;
    expect(sequences()).toEqual(['1', '2']);
  });

  test('is told of a URL that nothing can be sent to', async () => {
    const { code, said } = await convoke('listen', USER, 'ftp://127.0.0.1/events');
    expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining('begins with http://') as unknown });
  });

  test('to an account gets what begins, also while nobody listened', async () => {
    const url = house.customer.url('/all');
    const heard = () =>
      house.customer.received.filter(({ path }) => path === '/all').map(({ body }) => body['conferenceId']);
    const first = await house.create();
    const listening = begun('listen', USER, url);
    await until('one that was open is heard', () => heard().includes(first));
    const second = await house.create();
    await until('one that begins is heard', () => heard().includes(second));
    listening.child.kill('SIGKILL');
    await listening.ended;
    const third = await house.create();
    const before = heard().length;
    const again = begun('listen', USER, url, '--json');
    await until('one that has begun meanwhile is heard', () => heard().includes(third));
    again.child.kill('SIGKILL');
    await again.ended;
    expect(
      heard()
        .slice(before)
        .filter((id) => id === first),
    ).toEqual([]);
  });
});

describe('in a shell', () => {
  test('what reads no further ends it without a word', async () => {
    const id = await house.create();
    const command = `for i in 1 2 3; do node --import tsx src/main.ts conferences watch ${USER} ${id}; done | head -n 1`;
    const ended = launch('bash', ['-c', `set -o pipefail; ${command}`], settings());
    await ended.until(new RegExp(`^${id}`));
    await house.service.end({ userId: USER, conferenceId: id });
    expect(await endOf(ended, 60_000)).toBe(0);
    expect(ended.output()).toMatch(new RegExp(`^${id} [^\n]*\n$`));
  });

  test('what cannot be written is no success', async () => {
    const id = await house.create();
    const command = `node --import tsx src/main.ts conferences show ${USER} ${id} > /dev/full`;
    const ended = launch('bash', ['-c', command], settings());
    expect(await endOf(ended, 60_000)).toBe(1);
    expect(ended.output()).toContain('The output cannot be written');
  });

  test('no more is listed than was asked for', async () => {
    await house.create();
    await until('the index has a conference', async () => {
      for await (const _one of house.service.list(USER)) return true;
      return false;
    });
    expect(await convoke('conferences', 'list', USER, '--limit', '0')).toEqual({ code: 0, said: '' });
  });

  test('what is refused ends with 2, and what is wrong with 1', async () => {
    const nobody = await convoke('conferences', 'list', 'u-nobody');
    expect(nobody).toMatchObject({ code: 2, said: expect.stringContaining('none of the accounts') as unknown });
    expect(await convoke('conferences', 'show', USER, 'conf-x')).toMatchObject({ code: 2 });
    expect(await convoke('events', 'redeliver', USER, '--from', 'yesterday')).toMatchObject({ code: 2 });
    expect(await convoke('conferences', 'list', USER, '--phase', 'asleep')).toMatchObject({ code: 1 });
    expect(await convoke('conferences', 'list')).toMatchObject({ code: 1 });
  });

  test('help has examples and the exit codes', () => {
    for (const parameters of [['conferences'], ['conferences', 'watch'], ['events', 'redeliver'], ['listen']]) {
      const said = execFileSync('node', ['--import', 'tsx', 'src/main.ts', ...parameters, '--help'], {
        encoding: 'utf8',
      });
      expect(said).toMatch(/Exit codes: 0 done; 1 /);
      expect(said).toContain(`  convoke ${parameters[0]} `);
    }
  });
});
