import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page as a gateway serves it. */
export interface ConsoleFiles {
  html: Buffer;
  script: Buffer;
  style: Buffer;
}

/** Where the page's sources are: beside this file, or in `src` for a build. */
const HERE = new URL('./', import.meta.url);

/** The console: what a build has made, or what is made now where the program runs from its sources. */
export async function loadConsole(): Promise<ConsoleFiles> {
  if (extname(import.meta.url) === '.ts') return await bundleConsole(HERE);
  const [html, script, style] = await Promise.all(
    ['page.html', 'console.js', 'console.css'].map((name) => readFile(new URL(name, HERE))),
  );
  return { html: html ?? Buffer.of(), script: script ?? Buffer.of(), style: style ?? Buffer.of() };
}

/** Makes the console of its sources (a folder's URL, with a slash at its end). */
export async function bundleConsole(sources: URL): Promise<ConsoleFiles> {
  // Loaded only here: an installed program has none.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { console: fileURLToPath(new URL('page/main.tsx', sources)) },
    outdir: 'console',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const made = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.contents ?? new Uint8Array();
  const html = await readFile(new URL('page/page.html', sources));
  return { html, script: Buffer.from(made('.js')), style: Buffer.from(made('.css')) };
}
