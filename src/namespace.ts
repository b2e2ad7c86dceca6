import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE_ASKED_AGAIN_AFTER_MS, NAMESPACE_KNOWN_WITHIN_MS, RETENTION_DAYS } from './budget.ts';
import { GRPC, grpcStatusOf } from './client/grpc.ts';
import { Failure, reasonOf } from './failure.ts';
import { searchAttributes } from './workflows/messages.ts';

/*
 * What conferences need of a namespace, in one place: it exists, it has our search attributes with their types, and it keeps
 * closed runs for 30 days at least, in which events can be read and sent again.
 */

const DAY_SECONDS = 86_400;

/** The numbers that Temporal's API gives the types (its enum IndexedValueType), and the words of its command line. */
const types: Record<SearchAttributeType, { number: number; word: string }> = {
  TEXT: { number: 1, word: 'Text' },
  KEYWORD: { number: 2, word: 'Keyword' },
  INT: { number: 3, word: 'Int' },
  DOUBLE: { number: 4, word: 'Double' },
  BOOL: { number: 5, word: 'Bool' },
  DATETIME: { number: 6, word: 'Datetime' },
  KEYWORD_LIST: { number: 7, word: 'KeywordList' },
};

type Server = Pick<Connection, 'workflowService' | 'operatorService'>;

/** The steps, printed one by one: what was made, and what was there. */
type Report = (line: string) => void;

/** What is not as conferences need it, in sentences. */
export interface Findings {
  /** Without this no conference can be opened. */
  lacks?: string;
  /** With this they work, but not all that is promised holds. */
  warning?: string;
}

/** Looks whether a namespace has what conferences need. @throws when Temporal does not answer. */
export async function checkNamespace(server: Server, namespace: string): Promise<Findings> {
  const days = await readRetentionDays(server, namespace);
  if (days === undefined) return { lacks: missingNamespace(namespace) };
  const weak = days < RETENTION_DAYS ? { warning: shortRetention(namespace, days) } : {};
  let existing: Record<string, number>;
  try {
    existing = await listTypes(server, namespace);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { warning: `The search attributes of namespace "${namespace}" could not be checked: ${wordsOf(error)}` };
  }
  const { missing, wrong } = compare(existing);
  if (wrong.length > 0) return { lacks: wrongTypes(namespace, wrong, existing) };
  if (missing.length === 0) return weak;
  const names = missing.map(({ name }) => name).join(', ');
  return { lacks: `Namespace "${namespace}" lacks the search attributes ${names}: "convoke setup" adds them.` };
}

/**
 * Makes what conferences need and is not there. May be repeated.
 * @throws Failure that says what the namespace has instead, or what we may not do, and what helps.
 */
export async function prepareNamespace(
  server: Server,
  namespace: string,
  report: Report = () => undefined,
): Promise<void> {
  await ensureNamespace(server, namespace, report);
  await untilKnown(async () => {
    await ensureRetention(server, namespace, report);
    await ensureSearchAttributes(server, namespace, report);
  });
}

async function ensureNamespace(server: Server, namespace: string, report: Report): Promise<void> {
  if ((await readRetentionDays(server, namespace)) !== undefined)
    return report(`Namespace "${namespace}" was there already.`);
  try {
    await server.workflowService.registerNamespace({
      namespace,
      description: 'telephone conferences (Convoke)',
      workflowExecutionRetentionPeriod: msNumberToTs(RETENTION_DAYS * DAY_SECONDS * 1000),
    });
    report(`Namespace "${namespace}" was made.`);
  } catch (error) {
    // Somebody else was first.
    if (grpcStatusOf(error)?.code === GRPC.alreadyExists) return;
    throw couldNot(
      `make namespace "${namespace}"`,
      error,
      `temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
    );
  }
}

async function ensureRetention(server: Server, namespace: string, report: Report): Promise<void> {
  const before = (await readRetentionDays(server, namespace)) ?? 0;
  if (before >= RETENTION_DAYS) return report(`It keeps closed conferences for ${before} days, as it did.`);
  const command = `temporal operator namespace update --namespace ${namespace} --retention ${RETENTION_DAYS}d`;
  try {
    await server.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msNumberToTs(RETENTION_DAYS * DAY_SECONDS * 1000) },
    });
  } catch (error) {
    throw couldNot(`set the retention of namespace "${namespace}" to ${RETENTION_DAYS} days`, error, command);
  }
  const days = (await readRetentionDays(server, namespace)) ?? 0;
  if (days < RETENTION_DAYS)
    throw new Failure(`${shortRetention(namespace, days)} The server does not take it; try: ${command}`);
  report(`It keeps closed conferences for ${RETENTION_DAYS} days; it was ${before}.`);
}

/**
 * Adds the search attributes of a conference that the namespace lacks, and checks the types of all: adding one again
 * with another type reports success and changes nothing.
 * @throws Failure that names each attribute with a wrong type, or says how to add the missing ones by hand.
 */
export async function ensureSearchAttributes(
  server: Server,
  namespace: string,
  report: Report = () => undefined,
): Promise<void> {
  try {
    let existing = await listTypes(server, namespace);
    const { missing } = compare(existing);
    if (missing.length > 0) {
      const added = Object.fromEntries(missing.map(({ name, type }) => [name, types[type].number]));
      await server.operatorService.addSearchAttributes({ namespace, searchAttributes: added });
      existing = await listTypes(server, namespace);
    }
    const after = compare(existing);
    const wrong = [...after.wrong, ...after.missing];
    if (wrong.length > 0) throw new Failure(wrongTypes(namespace, wrong, existing));
    const names = (some: Attribute[]) => some.map(({ name }) => name).join(', ');
    const there = attributes.filter((one) => !missing.includes(one));
    if (missing.length > 0) report(`Search attributes that were added: ${names(missing)}.`);
    if (there.length > 0) report(`Search attributes that were there already: ${names(there)}.`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (grpcStatusOf(error)?.code === GRPC.notFound) throw new Failure(missingNamespace(namespace), { cause: error });
    const flags = attributes.map(({ name, type }) => `--name ${name} --type ${types[type].word}`).join(' ');
    throw couldNot(
      `prepare the search attributes of namespace "${namespace}"`,
      error,
      `temporal operator search-attribute create --namespace ${namespace} ${flags}`,
    );
  }
}

type Attribute = { name: string; type: SearchAttributeType };

const attributes: Attribute[] = Object.values(searchAttributes);

function compare(existing: Record<string, number>): { missing: Attribute[]; wrong: Attribute[] } {
  const missing = attributes.filter(({ name }) => existing[name] === undefined);
  const wrong = attributes.filter((one) => !missing.includes(one) && existing[one.name] !== types[one.type].number);
  return { missing, wrong };
}

/** Undefined where there is no such namespace. */
async function readRetentionDays(server: Server, namespace: string): Promise<number | undefined> {
  try {
    const { config } = await server.workflowService.describeNamespace({ namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS;
  } catch (error) {
    if (grpcStatusOf(error)?.code === GRPC.notFound) return undefined;
    throw error;
  }
}

async function listTypes(server: Server, namespace: string): Promise<Record<string, number>> {
  const { customAttributes } = await server.operatorService.listSearchAttributes({ namespace });
  return customAttributes;
}

/** Repeats what fails because parts of the server do not know the namespace yet. */
async function untilKnown(work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + NAMESPACE_KNOWN_WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isUnknown = grpcStatusOf(error)?.code === GRPC.notFound;
      if (!isUnknown || Date.now() > deadline) throw error;
    }
    await sleep(NAMESPACE_ASKED_AGAIN_AFTER_MS);
  }
}

function isRefused(error: unknown): boolean {
  const code = grpcStatusOf(error)?.code;
  return code === GRPC.permissionDenied || code === GRPC.unimplemented || code === GRPC.unauthenticated;
}

function missingNamespace(namespace: string): string {
  return `There is no namespace "${namespace}": "convoke setup" makes it, or set TEMPORAL_NAMESPACE to another.`;
}

function shortRetention(namespace: string, days: number): string {
  return (
    `Namespace "${namespace}" keeps closed conferences for ${days} days, and their events can be read no longer ` +
    `than that; "convoke setup" sets it to ${RETENTION_DAYS}.`
  );
}

function wrongTypes(namespace: string, wrong: Attribute[], existing: Record<string, number>): string {
  const wordOf = (number: number | undefined) =>
    Object.values(types).find((type) => type.number === number)?.word ?? 'missing';
  const lines = wrong.map(
    ({ name, type }) => `${name} is ${wordOf(existing[name])} there and must be ${types[type].word}`,
  );
  return (
    `Namespace "${namespace}" has search attributes that do not fit: ${lines.join('; ')}. ` +
    'A type cannot be changed. For the local server remove temporal.db (and its -wal and -shm) from the data directory ' +
    '(CONVOKE_DATA_DIR, .convoke by default); otherwise set TEMPORAL_NAMESPACE or TEMPORAL_ADDRESS to another.'
  );
}

function couldNot(what: string, error: unknown, command: string): Failure {
  const why = `Could not ${what}: ${wordsOf(error)}`;
  return new Failure(`${why}\nWho may do so can do it by hand: ${command}`, { cause: error });
}

/** Temporal's own words, without the SDK's number in front of them. */
function wordsOf(error: unknown): string {
  return grpcStatusOf(error)?.details || reasonOf(error);
}
