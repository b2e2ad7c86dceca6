import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import { searchAttributes } from '../workflows/messages.ts';
import { Failure, reasonOf } from '../failure.ts';

const RETENTION_DAYS = 30;
const RETENTION_SECONDS = RETENTION_DAYS * 86_400;

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

/**
 * Makes a namespace ready for conferences: closed runs are kept 30 days, the search attributes exist. May be repeated.
 * @throws Failure that says what the namespace has instead and what to do.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await Promise.all([ensureRetention(connection, namespace), ensureSearchAttributes(connection, namespace)]);
}

/**
 * Sets the namespace's retention to 30 days from each run's close, and reads it back.
 * @throws Failure when the server keeps another value; the server's error when it refuses.
 */
export async function ensureRetention(connection: Connection, namespace: string): Promise<void> {
  if ((await readRetention(connection, namespace)) === RETENTION_SECONDS) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msNumberToTs(RETENTION_SECONDS * 1000) },
  });
  const seconds = await readRetention(connection, namespace);
  if (seconds === RETENTION_SECONDS) return;
  throw new Failure(
    `Namespace "${namespace}" keeps closed runs for ${seconds / 86_400} days instead of ${RETENTION_DAYS}. ` +
      `Set it: temporal operator namespace update --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
  );
}

async function readRetention(connection: Connection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
}

/**
 * Adds the search attributes of a conference that the namespace lacks, and checks the types of all: adding one again
 * with another type reports success and changes nothing.
 * @throws Failure that names each attribute with a wrong type, or says how to add the missing ones by hand.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const keys = Object.values(searchAttributes);
  try {
    let existing = await listTypes(connection, namespace);
    const missing = keys.filter(({ name }) => existing[name] === undefined);
    if (missing.length > 0) {
      const added = Object.fromEntries(missing.map(({ name, type }) => [name, types[type].number]));
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added });
      existing = await listTypes(connection, namespace);
    }
    const wrong = keys.filter(({ name, type }) => existing[name] !== types[type].number);
    if (wrong.length > 0) throw wrongTypes(namespace, wrong, existing);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const flags = keys.map(({ name, type }) => `--name ${name} --type ${types[type].word}`).join(' ');
    throw new Failure(
      `Could not prepare the search attributes of namespace "${namespace}": ${reasonOf(error)}\n` +
        `They can be added by hand: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
      { cause: error },
    );
  }
}

async function listTypes(connection: Connection, namespace: string): Promise<Record<string, number>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return customAttributes;
}

function wrongTypes(
  namespace: string,
  wrong: { name: string; type: SearchAttributeType }[],
  existing: Record<string, number>,
): Failure {
  const wordOf = (number: number | undefined) =>
    Object.values(types).find((type) => type.number === number)?.word ?? 'missing';
  const lines = wrong.map(
    ({ name, type }) => `  ${name} is ${wordOf(existing[name])} there and must be ${types[type].word}`,
  );
  return new Failure(
    `Namespace "${namespace}" has search attributes that do not fit:\n${lines.join('\n')}\n` +
      'A type cannot be changed. For the local server remove temporal.db (and its -wal and -shm) from the data directory ' +
      '(CONVOKE_DATA_DIR, .convoke by default); otherwise set TEMPORAL_NAMESPACE or TEMPORAL_ADDRESS to another.',
  );
}
