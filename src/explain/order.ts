import type { Came } from './came.ts';
import type { Begun, Task } from './history.ts';

/** What is reported goes before what is asked (workflows/run.ts). */
const HANDLERS = ['change', 'redeliver', 'reconcile', 'watch', 'unwatch', 'callbacks', 'asked'];

/** What a run's first task finds there goes to the handlers in the order in which they are set; what was awaited comes after that. */
export function inOrderOfHandlers(came: readonly Came[]): Came[] {
  return came.toSorted((one, other) => placeOf(one) - placeOf(other));
}

function placeOf(came: Came): number {
  const place = HANDLERS.indexOf(handlerOf(came));
  return place < 0 ? HANDLERS.length : place;
}

function handlerOf(came: Came): string {
  if (came.is !== 'input') return came.is === 'begun-awaited' ? 'asked' : came.is;
  const { input } = came;
  // A change that comes by an update has somebody who waits for its answer.
  if (input.type === 'change') return input.requester === undefined ? 'change' : 'asked';
  return ['creation-awaited', 'lease-asked'].includes(input.type) ? 'asked' : input.type;
}

/** What was drawn for the steps in which calls were asked for, by their changes: calls are named by it. */
export function dialsIn(tasks: readonly Task[]): { changeId: number; nonce: string }[] {
  return tasks.flatMap(({ begun }) => begun.flatMap(dialIn));
}

function dialIn({ name, order }: Begun): { changeId: number; nonce: string }[] {
  if (name !== 'dial') return [];
  const [, nonce, changeId] = /^(.*)-dial\.(\d+)$/.exec((order as { dialId: string }).dialId) ?? [];
  return nonce === undefined ? [] : [{ changeId: Number(changeId), nonce }];
}
