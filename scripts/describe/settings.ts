import { settings, toldOf, UNSAFE } from '../../src/settings.ts';
import { table, written } from './tables.ts';

/* The tables of docs/configuration.md. */

const names = Object.keys(settings.shape) as (keyof typeof settings.shape)[];

const tables = {
  settings: () =>
    table(
      ['Setting', 'Default', 'Meaning'],
      names.map((name) => [`\`${name}\``, toldOf(name).fallback, toldOf(name).description]),
    ),
  unsafe: () =>
    table(
      ['`ALLOW_UNSAFE`', 'Refused is'],
      Object.entries(UNSAFE).map(([word, what]) => [`\`${word}\``, what]),
    ),
};

/** The page of the settings with its tables anew. */
export function withSettings(page: string): string {
  return written(page, tables);
}
