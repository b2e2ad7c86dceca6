import { CHECKED_WITHIN_MS } from '../budget.ts';
import { connectToTemporal } from '../client/index.ts';
import { refuseUnsafe, type Config } from '../config.ts';
import { reasonOf } from '../failure.ts';
import { checks } from './checks.ts';
import { warning, type Check, type Finding, type Patient } from './finding.ts';
import { CHECKS, type CheckName } from './list.ts';

export type Found = Finding & { check: CheckName };

/** The same, with what of the settings is unsafe; where they cannot be used, nothing else can be looked at. */
export async function examineAll(config: Config): Promise<Found[]> {
  try {
    const warnings = [...new Set(['gateway', 'worker'].flatMap((part) => refuseUnsafe(part, config)))];
    return await examine(config, warnings);
  } catch (error) {
    return [settingsAreWrong(error)];
  }
}

export function settingsAreWrong(error: unknown): Found {
  const advice = 'docs/configuration.md lists the settings; nothing else could be looked at.';
  return { check: 'settings', level: 'wrong', found: reasonOf(error), advice };
}

/** Looks at all that there is to look at, each for itself: what one cannot see does not keep the others from looking. */
export async function examine(config: Config, warnings: readonly string[]): Promise<Found[]> {
  const { connectionOptions, namespace, payloadKeys } = config.temporal;
  const { client, connection, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  const patient = { config, warnings, client, connection };
  try {
    const found = await Promise.all(checks.map((check) => lookOf(check, patient)));
    return checks.flatMap(({ name }, index) => (found[index] ?? []).map((one) => ({ check: name, ...one })));
  } finally {
    await close();
  }
}

async function lookOf(check: Check, patient: Patient): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECKED_WITHIN_MS} ms`)), CHECKED_WITHIN_MS);
  });
  try {
    return await Promise.race([check.look(patient), late]);
  } catch (error) {
    return [
      warning(
        `It could not be looked ${CHECKS[check.name]}: ${reasonOf(error)}.`,
        'Mend what it names, and look again.',
      ),
    ];
  } finally {
    clearTimeout(timer);
  }
}
