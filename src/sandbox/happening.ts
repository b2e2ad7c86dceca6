import type { CallbackEvent } from '../catapult/events.ts';
import type { DeliveryAttempt } from '../delivery/deliver.ts';
import type { CallbackFault } from './faults.ts';

/** A callback that the sandbox sent, what each try at the two URLs came to, and the fault that it met. */
export interface SentCallback extends Happening {
  attempts: DeliveryAttempt[];
  fault?: CallbackFault['callbacks'];
}

/** An event of a conference or a call. */
export interface Happening {
  event: CallbackEvent;
  /** Its place among the events of its conference or call: what is sent twice has it twice. */
  number: number;
  /** When it happened; faults let it go out later. */
  at: string;
}
