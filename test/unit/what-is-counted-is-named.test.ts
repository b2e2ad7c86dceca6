import { describe, expect, test } from '@jest/globals';
import { withMetrics } from '../../scripts/describe/metrics.ts';
import { customerEvents } from '../../src/catapult/event-schemas.ts';
import { phases, reasons } from '../../src/catapult/words.ts';
import { deadlineSummaries } from '../../src/conference/state/deadlines.ts';
import { failureWords, kindOf } from '../../src/delivery/failures.ts';
import { metrics, type MetricName } from '../../src/telemetry/metric-table.ts';
import { withoutAccounts } from '../../src/temporal-metrics.ts';
import { read } from '../support/docs.ts';
import { alertRules, dashboardExpressions, metricsIn } from '../support/observability.ts';

const all = Object.entries(metrics) as [MetricName, (typeof metrics)[MetricName]][];
const valuesOf = (labels: object) => Object.values(labels).filter(Array.isArray) as string[][];

test('docs/watching.md has every metric, as it is', () => {
  expect(read('docs/watching.md')).toBe(withMetrics(read('docs/watching.md')));
});

describe('labels are words of small sets', () => {
  test.each(all)('%s', (_name, { labels }) => {
    for (const [label, values] of Object.entries(labels)) {
      expect(label).not.toMatch(/id$|host|number|tag|user|account/i);
      if (!Array.isArray(values)) expect(['routes', 'statuses']).toContain(values);
    }
    const series = valuesOf(labels).reduce((product, { length }) => product * length, 1);
    expect(series).toBeLessThan(100);
  });

  test('and these sets have all that there is', () => {
    const open = phases.filter((phase) => phase !== 'terminated');
    expect([...metrics.convoke_conferences.labels.phase].sort()).toEqual([...open].sort());
    expect([...metrics.convoke_conferences_ended_total.labels.reason].sort()).toEqual([...reasons].sort());
    expect([...metrics.convoke_timer_lateness_seconds.labels.timer].sort()).toEqual(
      Object.keys(deadlineSummaries).sort(),
    );
    const types = Object.values(customerEvents).flatMap(({ schema }) => {
      const { value } = schema.shape['eventType'] as { value?: string };
      return value ?? [];
    });
    const { kind } = metrics.convoke_events_accepted_total.labels;
    expect(types.length).toBeGreaterThan(5);
    expect(kind).toEqual(expect.arrayContaining(types));
  });

  test('whatever a customer’s host does is one of them', () => {
    const { result } = metrics.convoke_delivery_attempt_duration_seconds.labels;
    for (const word of [...failureWords, '200', '404', '503', 'redirected (302)', '199'])
      expect(result).toContain(kindOf(word));
    expect(['204', 'redirected (301)', '410', '500'].map(kindOf)).toEqual(['2xx', '3xx', '4xx', '5xx']);
    expect(kindOf('no answer in time')).toBe('timeout');
  });

  test('Temporal’s are without the accounts whose workflows come by Nexus', () => {
    const text = [
      '# TYPE temporal_num_pollers gauge',
      'temporal_num_pollers{namespace="default",task_queue="conferences-nexus-u-1"} 10',
      'temporal_num_pollers{namespace="default",task_queue="conferences"} 5',
      'temporal_num_pollers{namespace="default",task_queue="conferences-nexus-u-2"} 7',
    ];
    expect(withoutAccounts(text.join('\n')).split('\n')).toEqual([
      text[0],
      'temporal_num_pollers{namespace="default",task_queue="conferences-nexus"} 17',
      text[2],
    ]);
  });
});

describe.each([
  ['the dashboard', dashboardExpressions()],
  ['the alerts', alertRules()],
])('%s', (_what, expressions) => {
  test('is not empty', () => expect(expressions.length).toBeGreaterThan(7));

  test.each(expressions.map(({ where, expr }) => [where, expr]))('%s: names metrics that exist', (_where, expr) => {
    const named = metricsIn(expr);
    expect(named).not.toEqual([]);
    // What Temporal's engine has, a fault test looks up in a worker.
    const ours = named.filter((name) => !name.startsWith('temporal_'));
    const known = all.flatMap(([name, { type }]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    expect(known).toEqual(expect.arrayContaining(ours));
  });
});

test('the dashboard shows every metric of ours', () => {
  const shown = dashboardExpressions().flatMap(({ expr }) => metricsIn(expr));
  for (const [name] of all) expect(shown.filter((one) => one.startsWith(name))).not.toEqual([]);
});

test('docs/watching.md says of every alert what it means and what to do', () => {
  const page = read('docs/watching.md');
  const rules = alertRules();
  expect(rules.map(({ where }) => where).filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});
