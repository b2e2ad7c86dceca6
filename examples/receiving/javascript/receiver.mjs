// Receives Convoke's events: takes each genuine one once, and refuses all others. docs/receiving.md has the reasons.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const { RECEIVER_PORT, WEBHOOK_SECRET } = process.env;
// Without one of your own: the secret of the local account, which everybody knows.
const webhook = new Webhook(WEBHOOK_SECRET ?? 'whsec_Y29udm9rZS1sb2NhbC13ZWJob29rLXNlY3JldA==');

// The ids of what was taken. Yours are best kept in the database that the work is done in.
const taken = new Set();

// What is signed of a GET: its query from the last eventType on.
const eventQuery = (target) => /^.*[?&](eventType=.*)$/.exec(target)?.[1] ?? '';

// What is signed of a POST: the body as it came.
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > 1_000_000) throw new Error('too large for an event');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function receive(request) {
  let payload;
  try {
    payload = request.method === 'GET' ? eventQuery(request.url) : await bodyOf(request);
    webhook.verify(payload, request.headers, { jsonParse: false });
  } catch (error) {
    console.log(`Refused: ${error.message}`);
    return 401;
  }
  const { 'webhook-id': id, 'convoke-sequence': sequence } = request.headers;
  if (taken.has(id)) {
    console.log(`Again: ${id}`);
    return 204;
  }
  taken.add(id);
  // Here, keep the event for work that goes on after the answer: JSON.parse(payload), or new URLSearchParams(payload) of a GET.
  console.log(`Taken: ${id}, number ${sequence}: ${payload}`);
  return 204;
}

const server = createServer(async (request, response) => {
  response.writeHead(await receive(request)).end();
});
server.listen(Number(RECEIVER_PORT ?? 8300), '127.0.0.1', () => {
  console.log(`Receiving at http://127.0.0.1:${server.address().port}/`);
});
