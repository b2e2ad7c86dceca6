import type { Command } from 'commander';
import { readConfig } from './config.ts';
import type { Found } from './doctor/examine.ts';
import { CHECKS } from './doctor/list.ts';
import type { Level } from './doctor/finding.ts';
import { terminalText } from './telemetry/terminal.ts';

/* `convoke doctor`: goes through what a deployment needs (docs/production.md), and says what there is to do. */

/** What it ends with, by the gravest finding: what must be put right is not to be taken for what only should be. */
const EXIT_CODES = { ok: 0, open: 0, warning: 2, wrong: 1 } satisfies Record<Level, number>;

const HELP = `
Run it where a gateway runs, as the same user and with the same settings. It changes
nothing; like /readyz it may start a small workflow that shows whether a worker works.

It looks:
${Object.entries(CHECKS)
  .map(([name, about]) => `  ${name.padEnd(18)}${about}`)
  .join('\n')}

Exit codes: 0 all is well; 1 something must be put right; 2 something should be. What cannot be shown from here
("open") is told, and is yours to see to: it does not count.`;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('looks whether a deployment has what it needs, and says what to do')
    .option('--json', 'one JSON document: what each check found, and the exit code')
    .addHelpText('after', HELP)
    .action(async ({ json }: { json?: true }) => {
      const found = await lookAtAll();
      const exitCode = exitCodeOf(found);
      const text = json ? JSON.stringify({ exitCode, findings: found }, undefined, 2) : inWords(found);
      process.stdout.write(`${text}\n`, () => process.exit(exitCode));
    });
}

/** Where the settings cannot be used, nothing else can be looked at. */
async function lookAtAll(): Promise<Found[]> {
  const { examineAll, settingsAreWrong } = await import('./doctor/examine.ts');
  try {
    return await examineAll(readConfig());
  } catch (error) {
    return [settingsAreWrong(error)];
  }
}

export function exitCodeOf(found: readonly Found[]): number {
  const order = [EXIT_CODES.wrong, EXIT_CODES.warning];
  return order.find((code) => found.some(({ level }) => EXIT_CODES[level] === code)) ?? 0;
}

const WORDS = { ok: 'ok', open: 'open', warning: 'WARNING', wrong: 'WRONG' } satisfies Record<Level, string>;

function inWords(found: readonly Found[]): string {
  const lines = found.map(({ level, check, found: what, advice }) => {
    const line = `${WORDS[level].padEnd(9)}${check.padEnd(18)}${terminalText(what, { keepLines: true })}`;
    return advice === undefined ? line : `${line}\n${' '.repeat(27)}→ ${terminalText(advice)}`;
  });
  const count = (level: Level) => found.filter((one) => one.level === level).length;
  const sum = `${count('wrong')} wrong, ${count('warning')} warnings, ${count('open')} that cannot be shown from here`;
  return [...lines, '', sum].join('\n');
}
