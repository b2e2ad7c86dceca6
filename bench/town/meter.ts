/** What is counted while a window is open. */
export class Meter {
  readonly createMs: number[] = [];
  readonly acknowledgementMs: number[] = [];
  readonly relayMs: number[] = [];
  /** Events that the customer got. */
  events = 0;
  /** Creates that were answered 202: the conference comes later. */
  accepted202 = 0;
  private isOpen = false;

  open(): void {
    this.isOpen = true;
  }

  close(): void {
    this.isOpen = false;
  }

  created(ms: number, status: number): void {
    if (!this.isOpen) return;
    this.createMs.push(ms);
    if (status === 202) this.accepted202 += 1;
  }

  acknowledged(ms: number): void {
    if (this.isOpen) this.acknowledgementMs.push(ms);
  }

  relayed(ms: number): void {
    if (!this.isOpen) return;
    this.events += 1;
    this.relayMs.push(ms);
  }
}
