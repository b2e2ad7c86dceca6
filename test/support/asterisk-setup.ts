import { findAsterisk } from '../../src/dev/asterisk/find.ts';
import { reasonOf } from '../../src/failure.ts';
import globalSetup from './global-setup.ts';

/** Once for all tests on Asterisk: what the other tests have, and an Asterisk; where there is none to be had they are skipped, and not silently. */
export default async function asteriskSetup(): Promise<void> {
  try {
    await findAsterisk((line) => process.stderr.write(`${line}\n`));
  } catch (error) {
    process.env['TEST_NO_ASTERISK'] = reasonOf(error);
    const line = '!'.repeat(80);
    process.stderr.write(`\n${line}\nEVERY TEST ON ASTERISK IS SKIPPED.\n${reasonOf(error)}\n${line}\n\n`);
  }
  await globalSetup();
}
