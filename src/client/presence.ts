import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { redeliveringQueue } from '../workflows/messages.ts';
import {
  GATEWAY_SHOWN_FOR_MS,
  LOOKED_AGAIN_AFTER_MS,
  OTHERS_KNOWN_WITHIN_MS,
  OTHERS_LOOKED_FOR_EVERY_MS,
  REDELIVERY_SHOWN_FOR_MS,
  SHOWN_AGAIN_AFTER_MS,
} from './budget.ts';

/** Temporal's numbers for activities (2), and for an answer about all partitions (1), which it keeps for some seconds. */
const ALL_PARTITIONS = { apiMode: 1, taskQueueTypes: [2], reportPollers: true };
const MAIN_PARTITION = { taskQueueType: 2 };

/** Who has not come again after so many of the times for which each waits is gone. */
const GONE_AFTER_TIMES = 2.5;

/** A place at which processes see each other: all ask Temporal for work at a queue that never has any, and Temporal tells who asks. */
export interface Place {
  client: Client;
  queue: string;
  /** Ours alone, and the same after a restart, so that nobody counts us twice. */
  identity: string;
  /** How long one waits there at a time (ms). */
  shownForMs: number;
}

/** Shows others that we are there, until it is stopped. It leaves nothing in any history. */
function show({ client, queue, identity, shownForMs }: Place): () => void {
  const stopped = new AbortController();
  // One for each: what listens to a signal stays with it.
  let current = new AbortController();
  const poll = async () => {
    current = new AbortController();
    const { namespace } = client.options;
    await client.withAbortSignal(current.signal, () =>
      client.withDeadline(Date.now() + shownForMs, () =>
        client.workflowService.pollActivityTaskQueue({ namespace, taskQueue: { name: queue }, identity }),
      ),
    );
  };
  void (async () => {
    while (!stopped.signal.aborted) {
      // Temporal may be away, or answer at once.
      const polled = poll().catch(() => undefined);
      await Promise.all([polled, pause(SHOWN_AGAIN_AFTER_MS, current.signal)]);
    }
  })();
  return () => {
    stopped.abort();
    current.abort();
  };
}

/** Who else is there at all partitions of a queue, or has been a moment ago, as Temporal knew some seconds ago. @throws when it does not answer. */
async function othersAt(place: Place): Promise<string[]> {
  const { versionsInfo } = await describe(place, ALL_PARTITIONS);
  const pollers = Object.values(versionsInfo).flatMap(({ typesInfo }) =>
    Object.values(typesInfo ?? {}).flatMap((type) => type.pollers ?? []),
  );
  return othersAmong(pollers, place);
}

/** The same at this moment, for a queue at which there are few; and when we were seen there last. @throws when Temporal does not answer. */
async function lookAt(place: Place): Promise<{ others: string[]; ownTime: string }> {
  const { pollers } = await describe(place, MAIN_PARTITION);
  const own = pollers.find(({ identity }) => identity === place.identity)?.lastAccessTime;
  return { others: othersAmong(pollers, place), ownTime: `${String(own?.seconds)}.${String(own?.nanos)}` };
}

/** Who else is there once Temporal has seen us come. @throws when it does not see us in time. */
async function othersSinceWeCame(place: Place, ownTimeBefore: string): Promise<string[]> {
  const deadline = Date.now() + OTHERS_KNOWN_WITHIN_MS;
  for (;;) {
    const { others, ownTime } = await lookAt(place);
    if (ownTime !== ownTimeBefore) return others;
    if (Date.now() > deadline) throw new Error('Temporal does not show who waits at a task queue');
    await sleep(LOOKED_AGAIN_AFTER_MS);
  }
}

type Described = Awaited<ReturnType<typeof describe>>;

async function describe({ client, queue }: Place, which: object) {
  const { namespace } = client.options;
  return await client.withDeadline(Date.now() + OTHERS_KNOWN_WITHIN_MS, () =>
    client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, ...which }),
  );
}

function othersAmong(pollers: Described['pollers'], { identity, shownForMs }: Place): string[] {
  const goneBefore = (Date.now() - GONE_AFTER_TIMES * shownForMs) / 1_000;
  const there = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) >= goneBefore);
  return [...new Set(there.map((poller) => poller.identity ?? ''))].filter((one) => one !== identity);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** How many are at a place, we included; while Temporal does not answer, as many as there were. */
export class Peers {
  private readonly place: Place;
  private readonly leave: () => void;
  private readonly timer: NodeJS.Timeout;
  private others = 0;

  constructor(place: Omit<Place, 'shownForMs'>) {
    this.place = { ...place, shownForMs: GATEWAY_SHOWN_FOR_MS };
    this.leave = show(this.place);
    this.timer = setInterval(() => void this.look(), OTHERS_LOOKED_FOR_EVERY_MS).unref();
    void this.look();
  }

  count(): number {
    return this.others + 1;
  }

  stop(): void {
    clearInterval(this.timer);
    this.leave();
  }

  private async look(): Promise<void> {
    const others = await othersAt(this.place).catch(() => undefined);
    this.others = others?.length ?? this.others;
  }
}

/**
 * Takes an account's turn of delivering all its dead letters again; the answer gives it back. Undefined while another process has it, and
 * for some seconds after. @throws when Temporal does not answer.
 */
export async function takeRedeliveryTurn(
  { taskQueue, ...here }: Pick<Place, 'client' | 'identity'> & { taskQueue: string },
  userId: string,
): Promise<(() => void) | undefined> {
  const place = { ...here, queue: redeliveringQueue(taskQueue, userId), shownForMs: REDELIVERY_SHOWN_FOR_MS };
  // Who is refused does not show itself: others would take that for a turn.
  const before = await lookAt(place);
  if (before.others.length > 0) return undefined;
  const giveBack = show(place);
  try {
    // Of two that come at the same moment, who is seen later sees the other one: without being seen, both would have the turn.
    if ((await othersSinceWeCame(place, before.ownTime)).length === 0) return giveBack;
  } catch (error) {
    giveBack();
    throw error;
  }
  giveBack();
  return undefined;
}
