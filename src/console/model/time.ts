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

/** How a clock shows an instant in a zone: the day too, unless it is today. */
export function clockText(instant: string | number, now: number, timeZone?: string): string {
  const at = new Date(instant);
  const day = (date: Date) => date.toLocaleDateString('sv-SE', { timeZone });
  const time = at.toLocaleTimeString('en-GB', { timeZone, hour12: false });
  return day(at) === day(new Date(now)) ? time : `${day(at)} ${time}`;
}

/** UTC beside a clock of another zone: its day too where that is another one. */
export function utcText(instant: string | number, timeZone?: string): string {
  const at = new Date(instant);
  const day = (zone?: string) => at.toLocaleDateString('sv-SE', { timeZone: zone });
  const time = at.toLocaleTimeString('en-GB', { timeZone: 'UTC', hour12: false });
  return `${day('UTC') === day(timeZone) ? '' : `${day('UTC')} `}${time} UTC`;
}
