// A backend service: opens a conference when somebody asks for a meeting, dials its people, and keeps a roster from the events, in a
// database of its own. It talks to Temporal, and needs the gateway only as Convoke itself does, for the platform's callbacks.
import { createServer } from 'node:http';
import { ClassicLevel } from 'classic-level';
import { CatapultError, connectConferences } from 'convoke';
import { Webhook } from 'standardwebhooks';

const { BACKEND_PORT = '8300', BACKEND_DATA = '.convoke/backend', ACCOUNT = 'u-local', WEBHOOK_SECRET } = process.env;
const FROM = '+19195551234';
const url = `http://127.0.0.1:${BACKEND_PORT}`;
// Without one of your own: the secret of the local account, which everybody knows.
const webhook = new Webhook(WEBHOOK_SECRET ?? 'whsec_Y29udm9rZS1sb2NhbC13ZWJob29rLXNlY3JldA==');

const { conferences, close } = connectConferences();
const meetings = new ClassicLevel(BACKEND_DATA, { valueEncoding: 'json' });
await meetings.open();

/** What is done to one meeting is done one after the other, so that no event is written over by another. */
const turns = new Map();
function inTurn(id, work) {
  const turn = (turns.get(id) ?? Promise.resolve()).then(work);
  turns.set(
    id,
    turn.catch(() => undefined),
  );
  return turn;
}

async function openMeeting({ id, dial }) {
  const request = { from: FROM, callbackUrl: `${url}/events/${encodeURIComponent(id)}`, tag: id };
  // The meeting's id is the key: whoever asks twice, or after a crash, gets the same conference, and each is dialled once.
  const { userId, conferenceId } = await conferences.create(ACCOUNT, request, { idempotencyKey: `meeting-${id}` });
  await inTurn(id, async () => {
    const known = (await meetings.get(id)) ?? { roster: {}, taken: [], phase: 'created' };
    await meetings.put(id, { ...known, conferenceId });
  });
  const ids = { userId, conferenceId };
  for (const to of dial) await conferences.dial(ids, { from: FROM, to }, { idempotencyKey: `dial-${to}` });
  return { id, conferenceId };
}

/** An event and its id are written together: one that comes again is known, also after a crash. */
async function take(id, webhookId, event) {
  const meeting = (await meetings.get(id)) ?? { roster: {}, taken: [], phase: 'created' };
  if (meeting.taken.includes(webhookId)) return;
  meeting.taken.push(webhookId);
  if (event.eventType === 'conference') meeting.phase = event.status;
  if (event.eventType === 'conference-member') meeting.roster[event.memberId] = event.state;
  await meetings.put(id, meeting);
  console.log(`${id}: ${event.eventType} ${event.status ?? event.state ?? ''}`.trimEnd());
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 1_000_000) throw new Error('The body is too large.');
  }
  return text;
}

async function answer(request) {
  const [, kind, id = ''] = new URL(request.url, url).pathname.split('/').map(decodeURIComponent);
  if (request.method === 'POST' && kind === 'meetings')
    return [201, await openMeeting(JSON.parse(await bodyOf(request)))];
  if (request.method === 'POST' && kind === 'events') {
    const body = await bodyOf(request);
    try {
      webhook.verify(body, request.headers);
    } catch {
      return [401, { message: 'Convoke did not send this.' }];
    }
    await inTurn(id, () => take(id, request.headers['webhook-id'], JSON.parse(body)));
    return [204];
  }
  const meeting = kind === 'meetings' ? await meetings.get(id) : undefined;
  if (request.method !== 'GET' || meeting === undefined) return [404, { message: 'There is nothing here.' }];
  const { taken: _ids, ...shown } = meeting;
  return [200, shown];
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => {
      // What Convoke refuses says what to do; anything else is ours.
      if (error instanceof CatapultError) return [error.status, { code: error.code, message: error.message }];
      if (error instanceof SyntaxError) return [400, { message: 'The body is not JSON.' }];
      console.error(error);
      return [500, { message: 'Something went wrong here.' }];
    })
    .then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body)),
    );
});
server.listen(Number(BACKEND_PORT), '127.0.0.1', () => console.log(`The backend listens at ${url}`));

for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, async () => {
    server.close();
    await Promise.all([close(), meetings.close()]);
    process.exit(0);
  });
