/* What lanes are called. */

const REDELIVERY = 'redelivery: ';

/** The lane of what is delivered again: it waits for none of the others that go to the same place. */
export function redeliveryLane(lane: string): string {
  return `${REDELIVERY}${targetLane(lane)}`;
}

/** Where a lane's events go: the lane itself, but for one of redeliveries. */
export function targetLane(lane: string): string {
  return isRedelivery(lane) ? lane.slice(REDELIVERY.length) : lane;
}

/** Whether a lane is one of redeliveries. */
export function isRedelivery(lane: string): boolean {
  return lane.startsWith(REDELIVERY);
}
