import { z } from 'zod';
import { read } from './docs.ts';

/* What is shipped for Prometheus and Grafana: the expressions in it, and the metrics that they name. */

const dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
});

export interface Expression {
  where: string;
  expr: string;
}

/** Every query of the dashboard, as Prometheus takes it. */
export function dashboardExpressions(): Expression[] {
  const { panels } = dashboard.parse(JSON.parse(read('observability/grafana.json')));
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr: expr.replaceAll('$__rate_interval', '5m') })),
  );
}

/** Every alert with its expression and what it says. */
export function alertRules(): Expression[] {
  const [, ...rules] = read('observability/alerts.yml').split(/^ {6}- alert: /m);
  return rules.map((rule) => {
    const where = /^\w+/.exec(rule)?.[0] ?? '';
    const [, expr = ''] = /^ {8}expr: (?:>-\n)?([^]*?)\n {8}for:/m.exec(rule) ?? [];
    return { where, expr };
  });
}

/** The metrics that an expression names, without what Prometheus puts behind the names of histograms. */
export function metricsIn(expr: string): string[] {
  const names = expr.replace(/"[^"]*"/g, '').match(/\b(?:convoke|http_server|temporal)_\w+/g) ?? [];
  return [...new Set(names)];
}
