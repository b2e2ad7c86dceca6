import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** One import or re-export, of types too; files are named from `src`, without their ending. */
export interface Import {
  file: string;
  specifier: string;
  /** The file of ours that is imported; undefined for a package. */
  target: string | undefined;
}

/** All imports of all files in `src`. */
export function importsOfSrc(): Import[] {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  return names.sort().flatMap((name) => {
    const file = name.replaceAll('\\', '/').replace(/\.tsx?$/, '');
    const { importedFiles } = ts.preProcessFile(readFileSync(SRC + name, 'utf8'));
    return importedFiles.map(({ fileName: specifier }) => {
      const target = posix.join(posix.dirname(file), specifier).replace(/\.tsx?$/, '');
      return { file, specifier, target: specifier.startsWith('.') ? target : undefined };
    });
  });
}
