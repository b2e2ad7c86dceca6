import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import sqlite from 'node-sqlite3-wasm';
import { readConfig } from '../../src/config.ts';
import { makeFile } from '../../src/dev/temporal-file.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { freePort } from '../support/processes.ts';
import { startOwnTemporal } from '../support/temporal-server.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-test-'));
  file = join(folder, 'temporal.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As Temporal asks for a page of a list. */
const pageOf = (condition: string) =>
  `SELECT run_id FROM executions_visibility WHERE namespace_id = '1' AND TemporalNamespaceDivision IS NULL AND ${condition} ` +
  `ORDER BY COALESCE(close_time, '9999-12-31 23:59:59+00:00') DESC, start_time DESC, run_id LIMIT 100`;

test('a new file has the indexes that lists of conferences use, and no others', async () => {
  // As a start that was broken off leaves it.
  for (const left of ['', '-journal']) writeFileSync(`${file}.draft${left}`, 'half made');
  const { server, address } = await startOwnTemporal(folder);
  const connection = await Connection.connect({ address });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
  const columns = Object.entries(config?.customSearchAttributeAliases ?? {});
  await connection.close();
  await server.stop();
  expect(readdirSync(folder)).not.toContain('temporal.db.draft');

  const database = new sqlite.Database(file);
  try {
    // The server keeps a write-ahead log, which this library reads alone only.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const indexFor = (condition: string) =>
      JSON.stringify(database.all(`EXPLAIN QUERY PLAN ${pageOf(condition)}`)).match(/USING INDEX (\w+)/)?.[1];
    expect(indexFor('1')).toBe('default_idx');
    expect(indexFor(`workflow_id = 'a'`)).toBe('by_workflow_id');
    expect(indexFor('status = 1')).toBe('by_status');
    expect(columns).toHaveLength(Object.keys(searchAttributes).length);
    // A list of keywords is found by its words.
    for (const [column] of columns.filter(([name]) => !name.startsWith('KeywordList')))
      expect(indexFor(`${column} = 'a'`)).toBe(`by_${column.replace(/(\d+)$/, '_$1').toLowerCase()}`);
    const [{ count } = {}] = database.all(
      `SELECT COUNT(*) AS count FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'executions_visibility'`,
    );
    expect(count).toBe(3 + 1 + columns.length - 1);
  } finally {
    database.close();
  }
});

test('a file that is there is left as it is', async () => {
  writeFileSync(file, '');
  const serve = () => Promise.reject(new Error('no server is needed'));
  await makeFile(readConfig({ CONVOKE_DATA_DIR: folder }), serve);
  expect(readdirSync(folder)).toEqual(['temporal.db']);
});

test('what is left of a file that somebody has removed does not get into the new one', async () => {
  // As after a `kill -9`, of which SQLite goes on with the log.
  for (const left of ['-wal', '-shm', '-journal']) writeFileSync(`${file}${left}`, 'of another file');
  const serve = (draft: string) => {
    new sqlite.Database(draft).close();
    return Promise.resolve();
  };
  await makeFile(readConfig({ CONVOKE_DATA_DIR: folder }), serve);
  expect(readdirSync(folder)).toEqual(['temporal.db']);
});

test('nobody reaches the server of a draft at the port that is known', async () => {
  const TEMPORAL_PORT = await freePort();
  const reached: string[] = [];
  const watch = setInterval(() => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(TEMPORAL_PORT) }, () => {
      reached.push(existsSync(file) ? 'the file' : 'a draft');
      socket.destroy();
    });
    socket.on('error', () => undefined);
  }, 5);
  try {
    const { server } = await startOwnTemporal(folder, { TEMPORAL_PORT });
    await server.stop();
  } finally {
    clearInterval(watch);
  }
  expect(new Set(reached)).toEqual(new Set(['the file']));
});

test('the file is in the data directory, whatever that is called', async () => {
  const odd = join(folder, 'c# 100%20 why?');
  const { server } = await startOwnTemporal(odd);
  await server.stop();
  expect(readdirSync(folder)).toEqual(['c# 100%20 why?']);
  expect(readdirSync(odd)).toContain('temporal.db');
});
