import { createDeliveryActivities } from './deliver-callbacks.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createPlatformActivities } from './platform.ts';
import { createLeaseActivities } from './recall-lease.ts';

/** All activities of Convoke. Workflow code sees their types only. */
export function createActivities(dependencies: ActivityDependencies) {
  return {
    ...createPlatformActivities(dependencies),
    ...createDeliveryActivities(dependencies),
    ...createLeaseActivities(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
