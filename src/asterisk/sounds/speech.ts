import { spawn } from 'node:child_process';
import { MAX_AUDIO_BYTES, SPEECH_WITHIN_MS } from '../budget.ts';
import type { KeptPlay } from '../kept.ts';

/** How a sentence is to be spoken. */
export type Manner = Pick<KeptPlay, 'locale' | 'gender' | 'voice'>;

/** A program that speaks, and the parameters for a manner: it gets the sentence on its input, and writes a WAV file to its output. */
export interface Speaker {
  command: readonly [string, ...string[]];
  parameters: (manner: Manner) => string[];
}

/** A program of the operator's own: it gets locale, gender and voice as the wire has them. */
export function ownSpeaker(command: string): Speaker {
  return {
    command: [command],
    parameters: ({ locale = 'en_US', gender = 'female', voice = 'Susan' }) => [locale, gender, voice],
  };
}

/** The wire's voices: the language of each, its gender, and which of espeak-ng's variants it is. */
const VOICES: Record<string, [language: string, variant: string]> = {
  ...{ Kate: ['en-gb', 'f1'], Bridget: ['en-gb', 'f2'], Susan: ['en-us', 'f2'], Julie: ['en-us', 'f3'] },
  ...{ Dave: ['en-us', 'm3'], Paul: ['en-us', 'm1'], Esperanza: ['es-419', 'f2'], Violeta: ['es', 'f3'] },
  ...{ Jorge: ['es', 'm3'], Jolie: ['fr-fr', 'f2'], Bernard: ['fr-fr', 'm3'], Katrin: ['de', 'f2'] },
  ...{ Stefan: ['de', 'm3'], Paola: ['it', 'f2'], Luca: ['it', 'm3'] },
};

const LANGUAGES: Record<string, string> = {
  ...{ en_US: 'en-us', en_UK: 'en-gb', es: 'es', es_MX: 'es-419', fr: 'fr-fr', fr_FR: 'fr-fr' },
  ...{ de: 'de', de_DE: 'de', it: 'it', it_IT: 'it' },
};

/** espeak-ng; what is said of the language goes before what a voice speaks by itself, and so with the gender. */
export function espeak(command: readonly [string, ...string[]]): Speaker {
  return {
    command,
    parameters: ({ locale, gender, voice = gender === 'male' ? 'Dave' : 'Susan' }) => {
      const [language, ownVariant] = VOICES[voice] ?? ['en-us', 'f2'];
      const fits = gender === undefined || ownVariant.startsWith(gender === 'male' ? 'm' : 'f');
      const variant = fits ? ownVariant : gender === 'male' ? 'm3' : 'f2';
      return ['-v', `${LANGUAGES[locale ?? ''] ?? language}+${variant}`, '--stdin', '--stdout'];
    },
  };
}

/** Speaks a sentence into a WAV file. @throws Error with a plain reason */
export function speak(
  { command: [file, ...first], parameters }: Speaker,
  sentence: string,
  manner: Manner,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...parameters(manner)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: SPEECH_WITHIN_MS,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_AUDIO_BYTES) child.kill('SIGKILL');
    });
    // It may end without having read all.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => reject(new Error(`the speech program does not run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new Error(`the speech program failed (${signal ?? `exit code ${code}`})`));
    });
    child.stdin.end(sentence);
  });
}
