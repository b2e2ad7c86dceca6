import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const bodies: [string, string, unknown][] = [
  ['application/json', '{"status": "created"}', { status: 'created' }],
  ['application/json', '{"status": ', '{"status": '],
  ['application/json', '', undefined],
  ['text/html', '<p>created</p>', '<p>created</p>'],
];

test.each(bodies)('%s: %j is answered 200, and listed', async (contentType, body, listed) => {
  const inbox = `${stage.url}/sandbox/inbox/demo`;
  const sent = await fetch(inbox, { method: 'POST', headers: { 'content-type': contentType }, body });
  expect(sent.status).toBe(200);
  const all = await (await fetch(`${inbox}?list`)).json();
  expect(all).toMatchObject([{ method: 'POST', ...(listed === undefined ? {} : { body: listed }) }]);
});
