import { existsSync, renameSync, rmSync } from 'node:fs';
import { Connection } from '@temporalio/client';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { searchAttributes } from '../workflows/messages.ts';

/*
 * The file of the development server. The server gives a new one 58 indexes of what workflows are listed by, most of them for attributes that
 * nobody has, and writes them all twice for each conference. It does so only where there is no file; so a new file gets those alone that are
 * used, and one that is there is left as it is.
 */

/** What is asked for beside search attributes of conferences: by Convoke, and by the Temporal UI. */
const COLUMNS = ['workflow_id', 'status'];

/** That of the primary key has no words. */
const INDEXES = `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'executions_visibility' AND sql IS NOT NULL`;
const indexRows = z.array(z.object({ name: z.string(), sql: z.string() }));

/** Makes the file if it is not there: `serve` runs the server on a draft of it, with the namespace, until the work is done. */
export async function makeFile(
  { temporal }: Config,
  serve: (file: string, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { databaseFile, namespace, connectionOptions } = temporal;
  if (existsSync(databaseFile)) return;
  const draft = `${databaseFile}.draft`;
  // Of a start that was broken off, with the journal and the lock of SQLite.
  for (const left of ['', '-journal', '.lock']) rmSync(`${draft}${left}`, { recursive: true, force: true });
  let used: string[] = [];
  await serve(draft, async () => {
    const connection = await Connection.connect(connectionOptions);
    used = await columnsOf(connection, namespace).finally(() => connection.close());
  });
  await dropIndexes(draft, [...COLUMNS, ...used]);
  // Of a file that somebody has removed without them: SQLite would write what they hold over the new one.
  for (const left of ['-wal', '-shm', '-journal']) rmSync(`${databaseFile}${left}`, { force: true });
  renameSync(draft, databaseFile);
}

/** The columns that the namespace has for search attributes of conferences: any of those of their type. */
async function columnsOf(connection: Connection, namespace: string): Promise<string[]> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const ours = Object.values(searchAttributes).map(({ name }) => name);
  return Object.entries(config?.customSearchAttributeAliases ?? {}).flatMap(([column, name]) =>
    ours.includes(name) ? [column] : [],
  );
}

/** Drops the indexes of single columns but these. The one that lists without a filter use is of none. */
async function dropIndexes(file: string, used: readonly string[]): Promise<void> {
  // Loaded only now: it is needed once.
  const { default: sqlite } = await import('node-sqlite3-wasm');
  const database = new sqlite.Database(file, { fileMustExist: true });
  try {
    const indexes = indexRows.parse(database.all(INDEXES));
    const unused = indexes.flatMap(({ name, sql }) => {
      const [, column] = /\(namespace_id, (\w+),/.exec(sql) ?? [];
      return column === undefined || used.includes(column) ? [] : [`DROP INDEX "${name}";`];
    });
    database.exec(['BEGIN;', ...unused, 'COMMIT;'].join(' '));
  } finally {
    database.close();
  }
}
