import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifest = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });
const { version, engines } = manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

/** Convoke's own. */
export const VERSION = version;

/** The oldest Node that it runs on, such as `20.18.1`. */
export const OLDEST_NODE = engines.node.replace(/^>=/, '');
