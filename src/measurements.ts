import type { InjectedSinks } from '@temporalio/worker';
import type { Measurement } from './conference/state/measurements.ts';
import { metrics, type LabelsOf } from './telemetry/metric-table.ts';
import { count, observe } from './telemetry/metrics.ts';
import { openSpan } from './telemetry/tracing.ts';
import type { MeasurementSinks } from './workflows/measured.ts';

/** What workflows measure, counted in their worker; what is replayed has been counted before. */
export const measurements: InjectedSinks<MeasurementSinks> = {
  measurements: {
    take: { fn: (_workflow, measurement) => take(measurement) },
    took: {
      fn: ({ workflowId }, what, trace) =>
        openSpan(`conference: ${what}`, { parent: trace, attributes: { 'convoke.workflow_id': workflowId } })?.end(),
    },
  },
};

function take(measurement: Measurement): void {
  switch (measurement.of) {
    case 'end':
      return count('convoke_conferences_ended_total', { reason: measurement.reason });
    case 'accepted': {
      const { source, eventType } = measurement;
      return count('convoke_events_accepted_total', { source, kind: kindOf(eventType) });
    }
    case 'delivered':
      return observe('convoke_event_delivery_age_seconds', {}, measurement.seconds);
    case 'dead-letter':
      return count('convoke_dead_letters_total', { reason: measurement.reason });
    case 'reconciled': {
      const { why, outcome } = measurement;
      return count('convoke_reconciles_total', { why, outcome });
    }
    case 'timer':
      return observe('convoke_timer_lateness_seconds', { timer: measurement.timer }, measurement.seconds);
    case 'dial':
      return count('convoke_dials_total', { outcome: measurement.outcome });
  }
}

type Kind = LabelsOf<'convoke_events_accepted_total'>['kind'];
const kinds: ReadonlySet<string> = new Set(metrics.convoke_events_accepted_total.labels.kind);

/** The platform may send types that nobody knows. */
function kindOf(eventType: string): Kind {
  return kinds.has(eventType) ? (eventType as Kind) : 'other';
}
