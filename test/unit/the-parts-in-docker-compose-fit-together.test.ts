import { expect, test } from '@jest/globals';
import { readConfig, refuseUnsafe } from '../../src/config.ts';
import { unsafeInAccount } from '../../src/unsafe.ts';
import { loadAccounts } from '../support/accounts-file.ts';
import { read } from '../support/docs.ts';

const lines = read('docker-compose.yml').split('\n');

/** The block under a heading, without its indentation. */
function blockUnder(heading: string): string[] {
  const begin = lines.findIndex((line) => line.trimEnd() === heading);
  const indentation = heading.search(/\S/);
  const isInside = (line: string) => line.trim() === '' || line.search(/\S/) > indentation;
  const length = lines.slice(begin + 1).findIndex((line) => !isInside(line));
  return lines.slice(begin + 1, length < 0 ? undefined : begin + 1 + length).map((line) => line.trim());
}

const pairsIn = (block: string[]) =>
  block.flatMap((line) => {
    const [, name, value = ''] = /^([A-Z_]+): ?'?(.*?)'?$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value] as const];
  });
const environmentOf = (service: string) => {
  const block = blockUnder(`  ${service}:`);
  const own = pairsIn(block.slice(block.findIndex((line) => line.startsWith('environment:'))));
  const isShared = block.some((line) => /^(environment|<<): \*settings$/.test(line));
  return Object.fromEntries([...(isShared ? pairsIn(blockUnder('x-settings: &settings')) : []), ...own]);
};
const configOf = (service: string) => readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ...environmentOf(service) });

test('whoever delivers an event, worker or gateway, reaches the same hosts and gives the same URIs', () => {
  const [worker, gateway] = [configOf('worker'), configOf('gateway')];
  expect(gateway.allowedNetworks).toEqual(worker.allowedNetworks);
  expect(gateway.bridge).toEqual(worker.bridge);
  expect(gateway.accountsFile).toBe(worker.accountsFile);
  expect(gateway.callbackKeys).toEqual(worker.callbackKeys);
});

test('a worker reaches the gateway where that has its leases recalled', () => {
  const { hostname, port } = new URL(configOf('gateway').bridge.primaryUrl);
  expect(lines).toContain(`  ${hostname}:`);
  expect(port).toBe('8080');
});

test('what is unsafe in it is said, and nothing else is allowed', () => {
  const examples = loadAccounts('deploy/accounts.example.json')
    .all()
    .flatMap((account) => unsafeInAccount(account));
  for (const service of ['worker', 'gateway'] as const)
    expect(refuseUnsafe(service, configOf(service), examples)).not.toEqual([]);
  for (const service of ['setup', 'sandbox'] as const) expect(refuseUnsafe(service, configOf(service))).toHaveLength(1);
});
