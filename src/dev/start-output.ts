import { styleText } from 'node:util';
import { z } from 'zod';
import { hostAndPort, type Config } from '../config.ts';
import { readable } from '../telemetry/readable.ts';
import { terminalText } from '../telemetry/terminal.ts';

type Style = Parameters<typeof styleText>[0];

/** Whether text for a person may be coloured: on a terminal, unless NO_COLOR says otherwise. */
export function wantsColours(stream: { isTTY?: boolean } = process.stdout): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'];
}

function paint(style: Style, text: string, colours: boolean): string {
  return colours ? styleText(style, text) : text;
}

/** The line that tells that a part is up. */
export function readyLine(part: string, milliseconds: number, colours: boolean): string {
  return `  ${part.padEnd(10)}${paint('green', 'ready', colours)}  ${seconds(milliseconds)}`;
}

/** The line that tells that a part has died, and that another one takes its place. */
export function againLine(reason: string, colours: boolean): string {
  return paint(
    'yellow',
    `  ${terminalText(reason.split('\n')[0] ?? '').replace(/[.:]$/, '')}: starting it again ...`,
    colours,
  );
}

/** What `npm start` prints once all is up: where everything is, and two lines to try it with. */
export function welcome(
  config: Config,
  { platform, milliseconds, colours }: { platform: 'sandbox' | 'asterisk'; milliseconds: number; colours: boolean },
): string {
  const sandbox = `http://${hostAndPort(config.host, config.sandboxPort)}`;
  const inbox = `${sandbox}/sandbox/inbox/demo`;
  const rows: [string, string][] = [
    ['API', `http://${hostAndPort(config.host, config.port)}`],
    ['Console', `http://${hostAndPort(config.host, config.port)}/console`],
    ['Temporal', config.temporal.connectionOptions.address],
    ['Sandbox', sandbox],
    ...(platform === 'asterisk' ? asteriskRows(config) : []),
    ['Inbox', inbox],
    ['Data', config.dataDir],
  ];
  // The UI of a server that runs elsewhere is known to its operator only.
  if (!config.temporal.external) {
    rows.splice(2, 0, ['Temporal UI', `http://${hostAndPort(config.host, config.temporal.uiPort)}`]);
  }
  return [
    '',
    paint('bold', `Convoke is ready (${seconds(milliseconds)}).`, colours),
    '',
    ...rows.map(([name, where]) => `  ${name.padEnd(13)}${paint('cyan', where, colours)}`),
    '',
    'Create a conference, then see what its callback URL got:',
    '',
    `  ${createCommand(config, inbox)}`,
    `  curl '${inbox}?list'`,
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** Of an Asterisk elsewhere only its operator knows where telephones reach it. */
function asteriskRows({ host, asterisk }: Config): [string, string][] {
  const adapter: [string, string] = ['Asterisk', `http://${hostAndPort(host, asterisk.port)}`];
  if (asterisk.ariUrl !== undefined) return [adapter];
  return [adapter, ['Telephones', `sip:127.0.0.1:${asterisk.sipPort} (UDP)`]];
}

/** The request as Catapult's documentation shows it; with accounts of the operator's own, theirs must be filled in. */
function createCommand(config: Config, callbackUrl: string): string {
  const [userId, login] = !config.hasAccounts ? ['u-local', 't-local:s-local'] : ['USER_ID', 'TOKEN:SECRET'];
  const url = `http://${hostAndPort(config.host, config.port)}/v1/users/${userId}/conferences`;
  const body = `{"from": "+12345678901", "callbackUrl": "${callbackUrl}"}`;
  return `curl -v -X POST ${url} -u ${login} -H "Content-type: application/json" -d '${body}'`;
}

const logLine = z.looseObject({ level: z.string(), conferenceId: z.string().optional() });

/**
 * One line of a part's output as `npm start` shows it; undefined for one that is not worth a person's time: a log line
 * below warning that is about no conference.
 */
export function shownLine(part: string, line: string, colours: boolean): string | undefined {
  const parsed = logLine.safeParse(parseJson(line));
  if (!parsed.success)
    return line.trim() === '' ? undefined : `${paint('dim', part.padEnd(8), colours)}  ${terminalText(line)}`;
  const { level, conferenceId } = parsed.data;
  const serious = ['warn', 'error', 'fatal'].includes(level);
  return serious || (level === 'info' && conferenceId !== undefined) ? readable(line, colours) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
