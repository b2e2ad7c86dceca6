import type { Registry } from 'prom-client';
import { metrics, type LabelsOf, type MetricName, type NamesOf } from './metric-table.ts';

/*
 * What is counted for Prometheus. Until `startMetrics` nothing is, and nothing is loaded for it: a call costs one look at whether it was.
 */

export type { LabelsOf, MetricName };

type Labels = Record<string, string>;
type Value = [labels: Labels, value: number];
type Gauges = (set: <Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number) => void) => void;

interface Recorder {
  registry: Registry;
  count(name: MetricName, labels: Labels): void;
  observe(name: MetricName, labels: Labels, seconds: number): void;
}

let recorder: Recorder | undefined;
/** What gauges are read from when somebody looks; also before anybody does. */
const gaugeSources = new Set<Gauges>();

/** Something has happened. */
export function count<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): void {
  recorder?.count(name, labels);
}

/** Something has taken so long, or was so old (seconds). */
export function observe<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void {
  recorder?.observe(name, labels, Math.max(seconds, 0));
}

/** Has gauges read whenever somebody looks, until the answer is called. Where several give the same one, it is their sum. */
export function gauges(source: Gauges): () => void {
  gaugeSources.add(source);
  return () => gaugeSources.delete(source);
}

/** Counts from now on what this part has; before that nothing is counted. */
export async function startMetrics(part: 'gateway' | 'worker'): Promise<void> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const counters = new Map<MetricName, InstanceType<typeof Counter>>();
  const histograms = new Map<MetricName, InstanceType<typeof Histogram>>();
  const names = (Object.keys(metrics) as MetricName[]).filter((name) =>
    (metrics[name].parts as readonly string[]).includes(part),
  );
  for (const name of names) {
    const { type, help, labels } = metrics[name];
    const about = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    // What begins at its first value has not grown, for Prometheus: so all begin at 0 that can be told before.
    const all = combinationsOf(labels);
    if (type === 'counter') {
      counters.set(name, new Counter(about));
      for (const one of all) counters.get(name)?.inc(one, 0);
    } else if (type === 'histogram') {
      histograms.set(name, new Histogram({ ...about, buckets: [...metrics[name].buckets] }));
      for (const one of all) histograms.get(name)?.zero(one);
    } else {
      new Gauge({
        ...about,
        collect() {
          this.reset();
          // A gauge without a label is 0 after a reset; one that nobody gives is to be absent.
          if (about.labelNames.length === 0) this.remove();
          for (const [of, value] of read(name)) this.inc(of, value);
        },
      });
    }
  }
  recorder = {
    registry,
    count: (name, labels) => counters.get(name)?.inc(labels),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
  };
}

/** All values that a metric's labels can have; none where they are not all in the table. */
function combinationsOf(labels: Record<string, readonly string[] | string>): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (all, [name, values]) =>
      typeof values === 'string' ? [] : all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

function read(wanted: MetricName): Value[] {
  const values: Value[] = [];
  for (const source of gaugeSources)
    source((name, labels, value) => {
      if (name === wanted) values.push([labels, value]);
    });
  return values;
}

/** All that has been counted, as Prometheus reads it. */
export async function metricsText(): Promise<string> {
  return (await recorder?.registry.metrics()) ?? '';
}
