import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';
import { isTracing, traced } from '../telemetry/tracing.ts';
import { parseWorkflowId } from '../workflows/messages.ts';

const carrying = z.object({ trace: z.string() });
const batched = z.object({ events: z.array(z.object({ trace: z.string().optional() })) });

/** What of a request, or of several, an activity is done for: their orders carry it. */
function tracesIn(args: readonly unknown[]): string[] {
  return args.flatMap((order) => {
    const { data: batch } = batched.safeParse(order);
    if (batch !== undefined) return [...new Set(batch.events.flatMap(({ trace }) => trace ?? []))];
    return carrying.safeParse(order).data?.trace ?? [];
  });
}

/** Makes each attempt of an activity a span: below what it is done for, or, where that is several, with a link to each. */
export const tracedActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: async (input, next) => {
      if (!isTracing() || info.workflowExecution === undefined) return await next(input);
      const traces = tracesIn(input.args);
      const about = traces.length === 1 ? { parent: traces[0] } : { links: traces };
      const { workflowId } = info.workflowExecution;
      const attributes = {
        ...{ 'convoke.workflow_id': workflowId, 'temporal.attempt': info.attempt },
        'convoke.conference_id': parseWorkflowId(workflowId).conferenceId,
      };
      return await traced(`activity ${info.activityType}`, { ...about, attributes }, () => next(input));
    },
  },
});
