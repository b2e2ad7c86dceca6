import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Measurement } from '../conference/state/measurements.ts';

/** What a worker takes of what its workflows measure. It leaves no trace in a history, and is not called in a replay. */
export interface MeasurementSinks extends Sinks {
  measurements: { take(measurement: Measurement): void };
}

export const { measurements } = proxySinks<MeasurementSinks>();
