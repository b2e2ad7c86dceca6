/* No durability at all: what the HTTP calls alone cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createOnPlatform, deliver, isLast, keyOf, serveConferences, type PlatformEvent } from './surface.ts';

const AGAIN_AFTER_MS = 1_000;

interface Conference {
  id: string;
  callbackUrl: string;
  waiting: PlatformEvent[];
  seen: Set<string>;
  isDelivering: boolean;
}

const conferences = new Map<string, Conference>();

await serveConferences({
  async create(id, request) {
    const { callbackUrl } = request;
    conferences.set(id, { id, callbackUrl, waiting: [], seen: new Set(), isDelivering: false });
    await createOnPlatform(id, request);
  },
  async take(id, event) {
    const conference = conferences.get(id);
    const key = keyOf(event);
    if (conference === undefined || conference.seen.has(key)) return;
    conference.seen.add(key);
    conference.waiting.push(event);
    if (!conference.isDelivering) void deliverAll(conference);
  },
});

async function deliverAll(conference: Conference): Promise<void> {
  conference.isDelivering = true;
  for (let event = conference.waiting[0]; event !== undefined; event = conference.waiting[0]) {
    try {
      await deliver(conference.callbackUrl, conference.id, event);
      conference.waiting.shift();
      if (isLast(event)) conferences.delete(conference.id);
    } catch {
      await sleep(AGAIN_AFTER_MS);
    }
  }
  conference.isDelivering = false;
}
