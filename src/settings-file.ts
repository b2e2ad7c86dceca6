import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Failure, reasonOf } from './failure.ts';
import { settings } from './settings.ts';
import { readable } from './unsafe.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings of the environment, before those of the file that it names.
 * @throws Failure when the file cannot be used, or names what is no setting.
 */
export function withSettingsFile(environment: Environment): Environment {
  const { SETTINGS_FILE: file = '' } = environment;
  if (file === '') return environment;
  const given = read(file);
  const unknown = Object.keys(given).filter((name) => !(name in settings.shape) && !name.startsWith('TEMPORAL_'));
  const wrong = [
    ...unknown.map((name) => `it has ${name}, which is no setting`),
    // What may pass is said in the environment: a file that others can write says nothing of itself.
    ...(/\breadable-files\b/.test(environment['ALLOW_UNSAFE'] ?? '')
      ? []
      : readable('SETTINGS_FILE', file).map(({ problem }) => problem)),
  ];
  if (wrong.length > 0) throw new Failure(`SETTINGS_FILE: ${file} cannot be used: ${wrong.join('; ')}.`);
  const own = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  return { ...given, ...Object.fromEntries(own) };
}

function read(file: string): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')) };
  } catch (error) {
    throw new Failure(`SETTINGS_FILE: ${file} cannot be used: ${reasonOf(error)}`);
  }
}
