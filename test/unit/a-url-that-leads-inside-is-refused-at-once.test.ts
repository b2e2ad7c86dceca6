import { expect, test } from '@jest/globals';
import { Accounts } from '../../src/accounts/accounts.ts';
import { createConferenceRequest, callRequest, updateConferenceRequest } from '../../src/catapult/requests.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { ConferenceClient } from '../../src/client/index.ts';
import { DEFAULT_RULES } from '../../src/delivery/guard.ts';
import { createApi } from '../../src/gateway/api.ts';
import { refusingUses } from '../../src/refuse-uses.ts';

/* What shows by the URL itself is refused before anything is asked of a conference: the client here can do nothing at all. */

const asked = () => Promise.reject(new Error('asked'));
const nothing = Object.assign(Object.create(ConferenceClient.prototype) as ConferenceClient, {
  ...{ createByGateway: asked, change: asked, dial: asked },
});
const api = createApi(nothing, {
  refuseUses: refusingUses({ allowedNetworks: [], targetRules: DEFAULT_RULES }, new Accounts([])),
  health: () => Promise.reject(new Error('nobody asks')),
  diagnose: () => Promise.reject(new Error('nobody asks')),
});
const caller = { userId: 'u-1', baseUrl: 'http://convoke.example' };
const place = { conferenceId: `conf-${'a'.repeat(26)}` };
const call = { from: '+19195551234', to: '+19195550001', ...place };

const INSIDE = [
  'http://10.0.0.1/',
  'http://[::1]:8080/',
  'http://169.254.169.254/latest',
  'http://0x7f.1/',
  'https://a.example:22/',
];

test.each(INSIDE.flatMap((url) => [{ callbackUrl: url }, { fallbackUrl: url }]))('%j', async (urls) => {
  const [name = ''] = Object.keys(urls);
  const refused = expect.objectContaining({
    code: 'callback-invalid-url',
    status: 400,
    details: [{ name, value: Object.values(urls)[0] }],
  });
  const request = parseRequest(createConferenceRequest, { from: '+19195551234', ...urls });
  await expect(api.createConference({ place: {}, request, caller })).rejects.toEqual(refused);
  const change = parseRequest(updateConferenceRequest, urls);
  await expect(api.updateConference({ place, request: change, caller })).rejects.toEqual(refused);
  if ('callbackUrl' in urls)
    await expect(
      api.dial({ place: {}, request: parseRequest(callRequest, { ...call, ...urls }), caller }),
    ).rejects.toEqual(refused);
});

test('others are asked for', async () => {
  const request = parseRequest(createConferenceRequest, {
    from: '+19195551234',
    callbackUrl: 'https://customer.example/',
  });
  await expect(api.createConference({ place: {}, request, caller })).rejects.toThrow('asked');
});
