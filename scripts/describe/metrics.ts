import { metrics } from '../../src/telemetry/metric-table.ts';
import { table, written } from './tables.ts';

/* The table of docs/watching.md. */

const tables = {
  metrics: () =>
    table(
      ['Metric', 'Of', 'Is'],
      Object.entries(metrics).map(([name, { type, help, parts, labels }]) => [
        `\`${name}\``,
        `${parts.join(', ')}; ${type}`,
        [help, ...Object.entries<readonly string[] | string>(labels).map(labelInWords)].join('. '),
      ]),
    ),
};

function labelInWords([name, values]: [string, readonly string[] | string]): string {
  if (typeof values === 'string') return `\`${name}\`: one of the ${values}`;
  return `\`${name}\`: ${values.map((value) => `\`${value}\``).join(', ')}`;
}

/** The page of what can be watched with its table anew. */
export function withMetrics(page: string): string {
  return written(page, tables);
}
