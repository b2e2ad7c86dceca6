import type { Customer } from '../customer.ts';
import { CALLBACK, type ToldConference } from './scene.ts';

/** From when the platform sends an event until the customer has it, each conference one after the other (ms), sorted. */
export async function latencies(customer: Customer, conferences: ToldConference[], rounds: number): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const conference of conferences) {
      const sequence = conference.sent + 1;
      const sentAt = Date.now();
      const came = customer.until(CALLBACK, customer.at(CALLBACK).length + 1);
      await conference.send(1);
      await came;
      const arrival = customer.received.find(({ headers }) => conference.isEvent(headers['webhook-id'], sequence));
      found.push((arrival?.at ?? Date.now()) - sentAt);
    }
  }
  return found.sort((a, b) => a - b);
}

/** The value that this share of all is not above. */
export function within(sorted: number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

export function inWords(sorted: number[]): string {
  return `median ${within(sorted, 0.5)} ms, 95 of 100 within ${within(sorted, 0.95)} ms, longest ${within(sorted, 1)} ms`;
}
