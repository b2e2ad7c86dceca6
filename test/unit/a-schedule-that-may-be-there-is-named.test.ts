import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { scheduleUnavailable } from '../../src/client/schedules/refusals.ts';

/* Without a key nobody could find a schedule whose create call was not answered in time. */

const ids = { userId: 'u-local', scheduleId: `sched-${'a'.repeat(26)}` };
const grpc = (code: number, details: string) => Object.assign(new Error(details), { code, details, metadata: {} });
const temporal = {
  options: { namespace: 'default' },
  workflowService: { getSystemInfo: () => Promise.resolve({}) },
  withDeadline: (_: number, work: () => unknown) => work(),
} as unknown as Client;

test('where Temporal has not answered, Location says where it is if it is', async () => {
  await expect(scheduleUnavailable(temporal, ids)(grpc(4, 'deadline exceeded'))).rejects.toMatchObject({
    ...{ status: 503, code: 'gateway-unavailable' },
    message: expect.stringMatching(/^The schedule may be there all the same: Location says where/) as unknown,
    headers: { location: `/v1/users/u-local/conference-schedules/${ids.scheduleId}` },
  });
});

test('where Temporal has refused it, there is none', async () => {
  const refusal = grpc(3, 'Invalid schedule spec: Month is not in range [1-12]');
  await expect(scheduleUnavailable(temporal, ids)(refusal)).rejects.toBe(refusal);
});
