import { appendFileSync } from 'node:fs';

/** Leaves a row of the tables that `npm run test:faults` prints to the file that FAULTS_REPORT names. */
export function note(row: { fault: string }): void {
  const file = process.env['FAULTS_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
