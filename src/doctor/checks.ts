import { machineChecks } from './checks/machine.ts';
import { networkChecks } from './checks/network.ts';
import { settingsChecks } from './checks/settings.ts';
import { temporalChecks } from './checks/temporal.ts';
import { tlsCheck } from './checks/tls.ts';
import type { Check } from './finding.ts';
import { CHECKS } from './list.ts';

const all = [...settingsChecks, ...temporalChecks, ...networkChecks, tlsCheck, ...machineChecks];

/** All checks, in the order of their list. @throws where one is missing. */
export const checks: readonly Check[] = Object.keys(CHECKS).map((name) => {
  const found = all.find((check) => check.name === name);
  if (found === undefined) throw new Error(`there is no check "${name}"`);
  return found;
});
