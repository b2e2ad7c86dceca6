import { lookup } from 'node:dns/promises';
import {
  DEFAULT_RULES,
  guardedLookup,
  refuseAddress,
  type AllowedNetworks,
  type TargetRules,
} from '../../delivery/guard.ts';
import { HttpClient } from '../../http/client.ts';
import { AUDIO_WITHIN_MS, MAX_AUDIO_BYTES } from '../budget.ts';

const MAX_REDIRECTS = 3;

/** Fetches audio files that customers name: from the public internet and the allowed networks only. */
export class AudioFetcher {
  private readonly http = new HttpClient();
  private readonly allowedNetworks: AllowedNetworks;
  private readonly rules: TargetRules;

  constructor(allowedNetworks: AllowedNetworks, rules = DEFAULT_RULES) {
    this.allowedNetworks = allowedNetworks;
    this.rules = rules;
  }

  /** @throws Error with a plain reason */
  async fetch(fileUrl: string): Promise<Buffer> {
    const until = performance.now() + AUDIO_WITHIN_MS;
    let url = new URL(fileUrl);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      refuseAddress(url, this.allowedNetworks, this.rules);
      const timeoutMs = Math.max(1, Math.round(until - performance.now()));
      const answer = await this.http.send(url, {
        method: 'GET',
        headers: {},
        timeoutMs,
        isRepeatable: true,
        lookup: this.lookUp,
      });
      const { location } = answer.headers;
      if (answer.status === 200) {
        const file = await answer.bytes(MAX_AUDIO_BYTES);
        if (file === undefined) throw new Error(`the file has more than ${MAX_AUDIO_BYTES} bytes`);
        return file;
      }
      answer.drop();
      if (answer.status < 300 || answer.status >= 400 || location === undefined)
        throw new Error(`it was answered ${answer.status}`);
      url = new URL(location, url);
      if (!/^https?:$/.test(url.protocol)) throw new Error(`it leads to ${url.protocol}`);
    }
    throw new Error(`it was redirected more than ${MAX_REDIRECTS} times`);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private get lookUp() {
    const addressesOf = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address);
    return guardedLookup(this.allowedNetworks, addressesOf, this.rules.denied);
  }
}
