import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CallbackTokens } from '../../accounts/callback-tokens.ts';
import { LOOK_WITHIN_MS } from '../../budget.ts';
import { otherKeysInWords, otherPayloadKeysInWords, workersThere } from '../../callback-keys.ts';
import { healthCheck } from '../../client/index.ts';
import { reasonOf } from '../../failure.ts';
import { missingKeys } from '../../held-keys.ts';
import { checkNamespace } from '../../namespace.ts';
import { OLDEST_NODE, VERSION } from '../../version.ts';
import { TASK_QUEUE } from '../../workflows/messages.ts';
import { ok, open, warning, wrong, type Check, type Finding, type Patient } from '../finding.ts';
import { skewIn } from './clock.ts';

/** The oldest server that Convoke was tried with. */
const TRIED_WITH = [1, 32] as const;

/** Temporal's number for the queues of activities. */
const OF_ACTIVITIES: object = { taskQueueType: 2 };

/** Where it is asked for the time, in the words of a gateway's poll: nobody else has such a name. */
const ASKED_FOR_MS = 4_000;

export const temporalChecks: Check[] = [
  {
    name: 'temporal',
    async look({ client, config }) {
      const { address } = config.temporal.connectionOptions;
      try {
        const began = performance.now();
        await within(client, () => client.workflowService.getSystemInfo({}));
        return [ok(`Temporal at ${address} answers within ${Math.ceil(performance.now() - began)} ms.`)];
      } catch (error) {
        return [wrong(`Temporal at ${address} does not answer: ${reasonOf(error)}.`, TEMPORAL_ADVICE)];
      }
    },
  },
  {
    name: 'namespace',
    async look({ client, connection, config: { temporal } }) {
      const { lacks, warning: weak } = await within(client, () => checkNamespace(connection, temporal.namespace));
      if (lacks !== undefined) return [wrong(lacks, 'convoke setup')];
      if (weak !== undefined) return [warning(weak, 'convoke setup')];
      return [ok(`The namespace "${temporal.namespace}" has what conferences need.`)];
    },
  },
  {
    name: 'versions',
    look: async (patient) => [...ofNode(), await ofServer(patient), ...(await ofWorkers(patient))],
  },
  {
    name: 'workers',
    async look({ client }) {
      const { isWorking } = await healthCheck(client)();
      if (isWorking) return [ok('A worker does its work.')];
      return [wrong('No worker does its work.', 'Start one (convoke worker) with the same TEMPORAL_* settings.')];
    },
  },
  {
    name: 'callback-keys',
    async look({ client, config }) {
      if (config.callbackKeys === undefined)
        return [
          warning(
            `CALLBACK_KEYS is not set: the key in ${config.dataDir} is this machine's alone.`,
            'Set CALLBACK_KEYS alike on gateways and workers, and keep it where it is not lost.',
          ),
        ];
      const tokens = new CallbackTokens(config.callbackKeys);
      const others = await within(client, () => otherKeysInWords(client, tokens));
      if (others !== undefined) return [wrong(others, 'Give all of them the same CALLBACK_KEYS.')];
      return [ok('Workers sign callback URLs with keys that are here.')];
    },
  },
  {
    name: 'payload-keys',
    async look({ client, config: { temporal } }) {
      const others = await within(client, () => otherPayloadKeysInWords(client, temporal.payloadKeys));
      if (others !== undefined) return [wrong(others, 'Give all of them the same PAYLOAD_KEYS.')];
      return [ok('What is sealed here is opened by the workers, and the other way round.')];
    },
  },
  {
    name: 'held-keys',
    async look({ client, config }) {
      const said: string[] = [];
      const look = { withinMs: LOOK_WITHIN_MS, say: (one: string) => void said.push(one) };
      const missing = await missingKeys('gateway', client, config, look);
      const unreadable = said.map((one) =>
        warning(`${one[0]?.toUpperCase()}${one.slice(1)}.`, 'Nobody of ours writes so: end that conference.'),
      );
      if (missing.length === 0)
        return [...unreadable, ok('Of the open conferences that were looked at, all have keys that are here.')];
      const lost = missing.map(({ setting, problem }) =>
        wrong(`${setting}: ${problem}.`, 'convoke callbacks looks at all.'),
      );
      return [...unreadable, ...lost];
    },
  },
  {
    name: 'temporal-clock',
    look: async (patient) => [skewIn('Temporal', await timeOfTemporal(patient))],
  },
];

const TEMPORAL_ADVICE = 'See TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS_*.';

async function within<Value>(client: Patient['client'], work: () => Promise<Value>): Promise<Value> {
  return await client.withDeadline(Date.now() + LOOK_WITHIN_MS, work);
}

function ofNode(): Finding[] {
  const here = process.versions.node;
  if (isOlder(here, OLDEST_NODE)) return [wrong(`Node is ${here}.`, `Install Node ${OLDEST_NODE} or newer.`)];
  return [ok(`Convoke ${VERSION} runs on Node ${here}.`)];
}

function isOlder(here: string, oldest: string): boolean {
  return here.localeCompare(oldest, 'en', { numeric: true }) < 0;
}

async function ofServer({ client }: Patient): Promise<Finding> {
  const { serverVersion } = await within(client, () => client.workflowService.getSystemInfo({}));
  const oldest = TRIED_WITH.join('.');
  if (!/^\d+\.\d+/.test(serverVersion))
    return open(`The Temporal server says that it is "${serverVersion}".`, `See that it can do what ${oldest} can.`);
  if (isOlder(serverVersion, oldest))
    return warning(
      `The Temporal server is ${serverVersion}, and Convoke was never tried with one older than ${oldest}.`,
      `Upgrade it to ${oldest} or newer.`,
    );
  return ok(`The Temporal server is ${serverVersion}.`);
}

/** While an update is put in place there are two for a while. */
async function ofWorkers({ client }: Patient): Promise<Finding[]> {
  const others = (await within(client, () => workersThere(client))).filter(({ version }) => version !== VERSION);
  return others.map(({ worker, version }) =>
    warning(
      `The worker ${worker} is of ${version === undefined ? 'a version that says nothing of itself' : `version ${version}`}, and this is ${VERSION}.`,
      'Put the same version in place everywhere, workers first.',
    ),
  );
}

/** Temporal tells of whoever asks it for work when that was, by its own clock: so it is asked for some where there is none. */
async function timeOfTemporal({ client }: Patient): Promise<{ theirs: number; from: number; to: number }> {
  const [queue, identity] = [`${TASK_QUEUE}-doctor-${randomUUID()}`, `doctor ${randomUUID()}`];
  const { namespace } = client.options;
  const over = new AbortController();
  const from = Date.now();
  const polled = client
    .withAbortSignal(over.signal, () =>
      client.withDeadline(from + ASKED_FOR_MS, () =>
        client.workflowService.pollActivityTaskQueue({ namespace, taskQueue: { name: queue }, identity }),
      ),
    )
    .catch(() => undefined);
  try {
    while (Date.now() < from + ASKED_FOR_MS) {
      const described = { namespace, taskQueue: { name: queue }, ...OF_ACTIVITIES };
      const { pollers } = await within(client, () => client.workflowService.describeTaskQueue(described));
      const seen = pollers.find((one) => one.identity === identity)?.lastAccessTime;
      if (seen) return { theirs: Number(seen.seconds) * 1_000 + (seen.nanos ?? 0) / 1e6, from, to: Date.now() };
      await sleep(100);
    }
    throw new Error('Temporal does not say what time it has');
  } finally {
    over.abort();
    await polled;
  }
}
