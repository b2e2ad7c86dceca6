/** A span of time in the two largest units that it has. */
export function inWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** Clocks by their zone: to make one takes longer than to read it a hundred times. */
const clocks = new Map<string | undefined, Intl.DateTimeFormat>();

/** The day and the time that clocks of a zone show, the reader's unless given. */
function read(instant: string | number, timeZone?: string): { day: string; time: string } {
  const known = clocks.get(timeZone);
  // Swedish writes 2026-01-31 12:00:00.
  const clock = known ?? new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  if (known === undefined) clocks.set(timeZone, clock);
  const [day = '', time = ''] = clock.format(new Date(instant)).split(' ');
  return { day, time };
}

/** How a clock shows an instant in a zone: the day too, unless it is today. */
export function clockText(instant: string | number, now: number, timeZone?: string): string {
  const { day, time } = read(instant, timeZone);
  return day === read(now, timeZone).day ? time : `${day} ${time}`;
}

/** UTC beside a clock of another zone: its day too where that is another one. */
export function utcText(instant: string | number, timeZone?: string): string {
  const { day, time } = read(instant, 'UTC');
  return `${day === read(instant, timeZone).day ? '' : `${day} `}${time} UTC`;
}
