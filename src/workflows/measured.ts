import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Input } from '../conference/state/inputs.ts';
import type { Measurement } from '../conference/state/measurements.ts';
import type { ConferenceState } from '../conference/state/state.ts';

/** What a worker takes of what its workflows measure. It leaves no trace in a history, and is not called in a replay. */
export interface MeasurementSinks extends Sinks {
  measurements: {
    take(measurement: Measurement): void;
    /** A conference has taken something for which a request is traced. */
    took(what: string, trace: string): void;
  };
}

export const { measurements } = proxySinks<MeasurementSinks>();

/** The requests that an input comes from, where they are traced. */
export function tracesOf(input: Input, { trace }: Pick<ConferenceState, 'trace'>): string[] {
  if (input.type === 'opened') return trace === undefined ? [] : [trace];
  if (input.type === 'change') return input.trace === undefined ? [] : [input.trace];
  if (input.type !== 'callbacks') return [];
  return [...new Set(input.batch.receipts.flatMap((receipt) => receipt.trace ?? []))];
}
