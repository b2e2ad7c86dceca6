import { styleText } from 'node:util';
import { wantsColours } from '../../src/dev/start-output.ts';
import { terminalText } from '../../src/telemetry/terminal.ts';

/** The promises that the story shows; start times, reminders and limits (promise 5) take longer than a minute. */
const promises = {
  1: 'exactly one conference on the platform',
  2: 'no event lost, none taken in twice',
  3: 'the customer gets what Catapult would have sent, and more reliably',
  4: 'a POST answers',
  6: 'nobody gets in',
  7: 'it can be seen',
} as const;
export type PromiseNumber = keyof typeof promises;

/** Something was observed that is not what was promised. */
export class Unexpected extends Error {
  readonly expected: string;
  readonly came: string;

  constructor(expected: string, came: string) {
    super(`expected ${expected}, came ${came}`);
    this.expected = expected;
    this.came = came;
  }
}

type Style = Parameters<typeof styleText>[0];
const colours = wantsColours();
const paint = (style: Style, text: string) => (colours ? styleText(style, text) : text);
let began = performance.now();

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Begins the story: its lines carry the time since then. */
export function begin(title: string): void {
  began = performance.now();
  print(`\n${paint('bold', title)}`);
}

export function scene(title: string): void {
  print(`\n${paint('bold', title)}`);
}

/** One line of the story: what was observed, and the promises that it shows. */
export function say(observed: string, ...shown: PromiseNumber[]): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  print(`${paint('dim', `${seconds} s`)}  ${terminalText(observed)}`);
  for (const number of shown) print(paint('green', `         ✓ promise ${number}: ${promises[number]}`));
}

export function complain({ expected, came }: Unexpected): void {
  print(paint('red', `         ✗ expected: ${terminalText(expected)}`));
  print(paint('red', `           came:     ${terminalText(came)}`));
}

export function took(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
