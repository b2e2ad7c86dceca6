import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AllowedNetworks, TargetRules } from '../../delivery/guard.ts';
import { SOUNDS_KEPT_MS } from '../budget.ts';
import type { KeptPlay } from '../kept.ts';
import { AudioFetcher } from './fetch-audio.ts';
import { PROMPTS, type PromptName } from './prompts.ts';
import { readAudio } from './read-audio.ts';
import { speak, type Speaker } from './speech.ts';
import { TONES, toneFile, type ToneName } from './tones.ts';

export interface SoundOptions {
  /** Which Asterisk reads too, by the same name. */
  folder: string;
  /** Where customers' files may come from beyond the public internet. */
  allowedNetworks: AllowedNetworks;
  /** What their URLs may not be. */
  targetRules?: TargetRules;
  speaker: Speaker | undefined;
}

/** The files that Asterisk plays: customers' files and sentences, as telephones hear them, and our tones. */
export class Sounds {
  private readonly folder: string;
  private readonly fetcher: AudioFetcher;
  private readonly speaker: Speaker | undefined;
  private readonly prompts = new Map<PromptName, Promise<void>>();

  constructor({ folder, allowedNetworks, targetRules, speaker }: SoundOptions) {
    this.folder = folder;
    this.fetcher = new AudioFetcher(allowedNetworks, targetRules);
    this.speaker = speaker;
  }

  /** Makes the folder and the tones, and clears away what belongs to nobody any more. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of Object.keys(TONES) as ToneName[]) await writeFile(`${this.tone(name)}.wav`, toneFile(name));
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (name.endsWith('.wav') && mtimeMs < Date.now() - SOUNDS_KEPT_MS) await rm(path, { force: true });
    }
  }

  /** Makes the file of a play; answers where it is, as Asterisk wants it: without its ending. @throws Error with a plain reason */
  async make({ id, kind, what, locale, gender, voice }: KeptPlay): Promise<string> {
    const file =
      kind === 'playback' ? await this.fetcher.fetch(what) : await this.spoken(what, { locale, gender, voice });
    await writeFile(`${this.pathOf(id)}.wav`, await readAudio(file));
    return this.pathOf(id);
  }

  async remove(playId: string): Promise<void> {
    await rm(`${this.pathOf(playId)}.wav`, { force: true });
  }

  pathOf(playId: string): string {
    return join(this.folder, playId);
  }

  tone(name: ToneName): string {
    return join(this.folder, `tone-${name}`);
  }

  /** Where what a caller is told is, as Asterisk wants it; where nothing speaks it is a tone. */
  async prompt(name: PromptName): Promise<string> {
    const place = this.pathOf(`prompt-${name}`);
    const made = this.prompts.get(name) ?? this.makePrompt(name, `${place}.wav`);
    this.prompts.set(name, made);
    await made;
    return place;
  }

  close(): Promise<void> {
    return this.fetcher.close();
  }

  private async makePrompt(name: PromptName, file: string): Promise<void> {
    const spoken = await this.spoken(PROMPTS[name], {})
      .then(readAudio)
      .catch(() => undefined);
    await writeFile(file, spoken ?? toneFile('join'));
  }

  private async spoken(sentence: string, manner: Parameters<typeof speak>[2]): Promise<Buffer> {
    if (this.speaker === undefined) throw new Error('there is no program that speaks');
    return await speak(this.speaker, sentence, manner);
  }
}
