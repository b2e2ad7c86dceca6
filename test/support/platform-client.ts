import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencePath, idFromLocation } from '../../src/catapult/paths.ts';
import { USER, type House } from './house.ts';
import { PLATFORM_ACCOUNT } from './platforms.ts';

/** What a test asks a platform itself, without Convoke. */
export function platformClient(base: () => string) {
  const user = `/v1/users/${PLATFORM_ACCOUNT.userId}`;

  async function send(method: string, path: string, body?: object): Promise<{ path: string; body: unknown }> {
    const headers = { authorization: basicAuth(PLATFORM_ACCOUNT), 'content-type': 'application/json' };
    const answer = await fetch(base() + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    const location = answer.headers.get('location');
    return {
      path: location === null ? '' : new URL(location).pathname,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  }

  return {
    get: async (path: string) => (await send('GET', path)).body,
    post: async (path: string, body: object) => (await send('POST', path, body)).path,
    /** A new conference's path. */
    create: async (fields: object = {}) =>
      (await send('POST', `${user}/conferences`, { from: '+19195551234', ...fields })).path,
    /** Dials out into a conference: the call's id. */
    dial: async (conference: string, to: string, fields: object = {}) => {
      const call = { from: '+19195551234', to, conferenceId: idFromLocation(conference), ...fields };
      return idFromLocation((await send('POST', `${user}/calls`, call)).path) ?? '';
    },
  };
}

/** A conference of ours as the platform has it, with its members. */
export async function onPlatform({ platform, url }: House, id: string) {
  const [platformId] = await platform.conferencesOf(`${url}/callbacks/${USER}/${id}/`);
  if (platformId === undefined) throw new Error(`the platform has no conference for ${id}`);
  const { get } = platformClient(() => platform.url);
  const path = conferencePath(PLATFORM_ACCOUNT.userId, platformId);
  const conference = (await get(path)) as Record<string, unknown>;
  return { ...conference, members: (await get(`${path}/members`)) as Record<string, unknown>[] };
}
