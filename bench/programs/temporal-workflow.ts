/* A conference as one would first write it for Temporal: a signal for each event, an activity for each delivery, in order. */
import {
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { CreateRequest, PlatformEvent } from './surface.ts';

export interface Activities {
  createOnPlatform(id: string, request: CreateRequest): Promise<string>;
  deliver(callbackUrl: string, id: string, event: PlatformEvent): Promise<void>;
}

const { createOnPlatform } = proxyActivities<Activities>({ startToCloseTimeout: '15s' });
const { deliver } = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '1s', maximumInterval: '60s' },
});

export const eventSignal = defineSignal<[PlatformEvent, string]>('event');
export const createdUpdate = defineUpdate<string>('created');

export async function plainConference(id: string, request: CreateRequest): Promise<void> {
  const waiting: PlatformEvent[] = [];
  const seen = new Set<string>();
  let location = '';
  setHandler(eventSignal, (event, key) => {
    if (seen.has(key)) return;
    seen.add(key);
    waiting.push(event);
  });
  setHandler(createdUpdate, async () => {
    await condition(() => location !== '');
    return location;
  });
  location = await createOnPlatform(id, request);
  for (let isOver = false; !isOver;) {
    await condition(() => waiting.length > 0);
    for (const event of waiting.splice(0)) {
      await deliver(request.callbackUrl, id, event);
      isOver = event.eventType === 'conference' && event.status === 'completed';
    }
  }
  await condition(allHandlersFinished);
}
