import type { Tools } from './as-client.ts';
import type { ConferenceIds } from './client/index.ts';
import { eventInLine, inFull } from './conferences.ts';

/** Events that are shown below the conference. */
const SHOWN_EVENTS = 15;

/**
 * `convoke conferences watch`: on a terminal the conference as it is, drawn anew with each event and attempt; elsewhere a line, or a JSON value,
 * for each of them. It ends with the conference, once its events are dealt with.
 */
export async function watch({ conferences, printer }: Tools, ids: ConferenceIds): Promise<void> {
  const isDrawn = process.stdout.isTTY && !printer.asJson;
  const shown = async () => inFull(await conferences.get(ids), await conferences.members(ids));
  if (!isDrawn) {
    if (!printer.asJson) printer.tell(undefined, await shown());
    for await (const event of conferences.events(ids)) printer.tell(event, eventInLine(event));
    return;
  }
  const latest = new Map<number, string>();
  const draw = async () => {
    const lines = [...latest.values()].slice(-SHOWN_EVENTS);
    printer.redraw([await shown(), '', ...lines, '', 'Ctrl-C leaves it as it is.'].join('\n'));
  };
  await draw();
  for await (const event of conferences.events(ids)) {
    latest.set(event.sequence, eventInLine(event));
    await draw();
  }
}
