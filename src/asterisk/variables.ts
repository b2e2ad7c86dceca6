import type { Ari } from './ari/ari.ts';

/** Sets a variable of a bridge or a channel, which Asterisk shows with it from then on; undefined takes it away. */
export async function setVariable(
  ari: Ari,
  path: string,
  variable: string,
  value: object | string | undefined,
): Promise<void> {
  const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  await ari.ask('POST', `${path}/variable`, { body: { variable, value: text, report_events: true } });
}

/** The same for what is just being made. */
export function reported(value: object): { value: string; report_events: true } {
  return { value: JSON.stringify(value), report_events: true };
}
