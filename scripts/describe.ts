import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withCommands } from './describe/commands.ts';
import { descriptionFile } from './describe/file.ts';
import { withMetrics } from './describe/metrics.ts';
import { withSettings } from './describe/settings.ts';
import { withTables } from './describe/tables.ts';

/*
 * `npm run describe`: writes what is made from the table of routes, its schemas and the examples: docs/openapi.json, and the tables of docs/wire.md,
 * docs/configuration.md, docs/watching.md and docs/command-line.md.
 */

const docs = (name: string) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));

writeFileSync(docs('openapi.json'), await descriptionFile());
writeFileSync(docs('wire.md'), withTables(readFileSync(docs('wire.md'), 'utf8')));
writeFileSync(docs('configuration.md'), withSettings(readFileSync(docs('configuration.md'), 'utf8')));
writeFileSync(docs('watching.md'), withMetrics(readFileSync(docs('watching.md'), 'utf8')));
writeFileSync(docs('command-line.md'), withCommands(readFileSync(docs('command-line.md'), 'utf8')));
