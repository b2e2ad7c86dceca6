import { connect } from 'node:net';
import { USER, type House } from './house.ts';

/**
 * Sends events as the platform would, over the callback URL that it was given for the conference: in order, without
 * waiting for the answers, all of which must be 200. Resolves when the conference has them.
 */
export async function sendEvents(
  house: House,
  conferenceId: string,
  events: Record<string, unknown>[],
  channel: 'primary' | 'fallback' = 'primary',
): Promise<void> {
  const sent = house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${conferenceId}/`));
  const url = channel === 'primary' ? sent?.callbackUrl : sent?.fallbackUrl;
  if (sent === undefined || url === undefined)
    throw new Error(`the platform has no conference for ${conferenceId} of ${USER}`);
  const statuses = await pipelined(
    new URL(url),
    events.map((event) => JSON.stringify({ conferenceId: sent.id, ...event })),
  );
  const refused = statuses.filter((status) => status !== '200');
  if (refused.length > 0) throw new Error(`${refused.length} events were refused, one with ${refused[0]}`);
  await house.allForwarded();
}

/** Posts JSON bodies on one connection, none waiting for an answer: the order of sending is the order of arrival. */
async function pipelined({ hostname, port, host, pathname }: URL, bodies: string[]): Promise<string[]> {
  const socket = connect(Number(port), hostname);
  let answers = '';
  const statuses = () => [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status = '']) => status);
  const done = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answers += chunk.toString();
      if (statuses().length >= bodies.length) resolve();
    });
  });
  for (const body of bodies) {
    const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json; charset=utf-8`;
    socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }
  await done;
  socket.destroy();
  return statuses();
}
