import { expect } from '@jest/globals';
import { nexusQueue } from '../../src/workflows/messages.ts';
import { USER } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { makeTeam } from '../support/other-team/other-team.ts';
import { endOf, launch } from '../support/processes.ts';
import { required } from '../support/temporal.ts';

inHouse(
  'a workflow of another team holds a conference of three, as the example says',
  async (house) => {
    const address = required('TEST_TEMPORAL_ADDRESS');
    const { endpoint } = await makeTeam(address, {
      namespace: 'default',
      taskQueue: nexusQueue(house.taskQueue, USER),
    });
    const settings = { TEMPORAL_ADDRESS: address, NEXUS_ENDPOINT: endpoint };
    const program = launch('npx', ['tsx', 'examples/nexus/main.ts'], settings);
    const code = await endOf(program, 90_000);
    expect({ code, output: program.output() }).toEqual({ code: 0, output: expect.any(String) as unknown });
    expect(program.output()).toMatch(/^Held conference conf-[a-z2-7]{26}: it is completed \(ended-via-api\)$/m);
    expect(program.output().match(/^Member /gm)).toHaveLength(3);
    const platform = house.sandbox.platform.list();
    expect(platform).toMatchObject([{ state: 'completed', tag: 'through Nexus' }]);
  },
  { nexusAccounts: [USER] },
);
