import type { AudioKind } from '../catapult/platform-events.ts';
import type { AudioRequest } from '../catapult/requests.ts';
import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';

/** Tells that something began or ended to play; `tag` is the request's own. */
export type Announce = (kind: AudioKind, status: 'started' | 'done', tag: string | undefined) => void;

/** Plays to one conference or one member: at most one file and one sentence at a time. */
export class Player {
  private readonly clock: Clock;
  private readonly settings: Settings;
  private readonly announce: Announce;
  /** What ends each kind that plays. */
  private readonly playing = new Map<AudioKind, () => void>();

  constructor(clock: Clock, settings: Settings, announce: Announce) {
    this.clock = clock;
    this.settings = settings;
    this.announce = announce;
  }

  /** Starts what is given in place of what plays of that kind; an empty file or sentence only stops it. */
  play({ fileUrl, sentence, loopEnabled = false, tag }: AudioRequest): void {
    const { fileDuration, characterDuration } = this.settings;
    if (fileUrl !== undefined) this.replace('playback', fileUrl, loopEnabled ? Infinity : fileDuration, tag);
    if (sentence !== undefined) {
      this.replace('speak', sentence, loopEnabled ? Infinity : sentence.length * characterDuration, tag);
    }
  }

  /** Ends all that plays. */
  stop(): void {
    for (const end of [...this.playing.values()]) end();
  }

  private replace(kind: AudioKind, what: string, duration: number, tag: string | undefined): void {
    this.playing.get(kind)?.();
    if (what === '') return;
    const end = () => {
      cancel();
      this.playing.delete(kind);
      this.announce(kind, 'done', tag);
    };
    const cancel = duration === Infinity ? () => undefined : this.clock.after(duration, end);
    this.playing.set(kind, end);
    this.announce(kind, 'started', tag);
  }
}
