import type { Client, Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import type { CheckName } from './list.ts';

/** How a check ended: all is well, it should be put right, it must be, or nobody can tell from here. */
export type Level = 'ok' | 'warning' | 'wrong' | 'open';

/** What a check found, and what there is to do. */
export interface Finding {
  level: Level;
  found: string;
  advice?: string;
}

/** What checks look at. */
export interface Patient {
  config: Config;
  /** What of the settings is unsafe, and was allowed. */
  warnings: readonly string[];
  client: Client;
  connection: Connection;
}

/** One thing that a deployment needs. */
export interface Check {
  name: CheckName;
  /** What it throws is a finding: it could not look. */
  look(patient: Patient): Promise<Finding[]>;
}

export const ok = (found: string): Finding => ({ level: 'ok', found });
export const warning = (found: string, advice: string): Finding => ({ level: 'warning', found, advice });
export const wrong = (found: string, advice: string): Finding => ({ level: 'wrong', found, advice });
export const open = (found: string, advice: string): Finding => ({ level: 'open', found, advice });
