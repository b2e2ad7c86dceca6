import { expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { conferencePath, conferencesPath, eventsPath, membersPath, pathTo } from '../../src/catapult/paths.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { timePasses, until } from '../support/until.ts';

const VIEWERS = 50;
const CREATES = 40;

/** What the console of one viewer asks for: two streams, and four things every few seconds. */
class Viewer {
  seen = '';
  answers = 0;
  refused: number[] = [];
  private readonly leaving = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly reading: Promise<unknown>[] = [];
  private readonly house: House;

  constructor(house: House, id: string) {
    this.house = house;
    const ids = { userId: USER, conferenceId: id };
    this.reading.push(this.follow(`${conferencesPath(USER)}?size=100&follow=true`));
    this.reading.push(this.follow(`${eventsPath(USER, id)}?follow=true`));
    this.every(8_000, conferencePath(USER, id));
    this.every(8_000, pathTo('/conferences/:conferenceId/steps', ids));
    this.every(5_000, pathTo('/conference-counts', { userId: USER }));
    this.every(5_000, pathTo('/health', { userId: USER }));
  }

  async leave(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.leaving.abort();
    await Promise.allSettled(this.reading);
  }

  private async ask(path: string): Promise<Response> {
    const { signal } = this.leaving;
    return await fetch(this.house.url + path, { headers: { authorization: basicAuth(LOCAL_ACCOUNT) }, signal });
  }

  private async follow(path: string): Promise<void> {
    const answer = await this.ask(path);
    if (!answer.ok) this.refused.push(answer.status);
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) this.seen += decoder.decode(chunk as Uint8Array);
  }

  private every(milliseconds: number, path: string): void {
    const look = async () => {
      const answer = await this.ask(path);
      await answer.text();
      if (answer.ok) this.answers += 1;
      else this.refused.push(answer.status);
    };
    const begin = () => void this.reading.push(look().catch(() => undefined));
    // Viewers have not opened their pages at the same moment.
    this.timers.push(
      setTimeout(() => this.timers.push(setInterval(begin, milliseconds)), Math.random() * milliseconds),
    );
  }
}

/** How long creates take (ms), sorted. */
async function createsTake(house: House): Promise<number[]> {
  const took: number[] = [];
  for (let created = 0; created < CREATES; created += 1) {
    const began = performance.now();
    await house.create();
    took.push(performance.now() - began);
    await timePasses('creates come one after the other, as from a customer who is not in a hurry', 100);
  }
  return took.sort((a, b) => a - b);
}

const words = (took: number[]) =>
  `p50 ${(took[took.length >> 1] ?? 0).toFixed(0)} ms, p95 ${(took[Math.floor(took.length * 0.95)] ?? 0).toFixed(0)} ms`;

test(`${VIEWERS} viewers of one gateway all see a member join, and none is refused`, async () => {
  const house = await openHouse();
  try {
    const id = await house.create();
    const without = await createsTake(house);
    const viewers = Array.from({ length: VIEWERS }, () => new Viewer(house, id));
    await until('all follow', () => viewers.every(({ seen }) => seen.includes('"status":"created"')));
    const beside = await createsTake(house);
    await house.call('POST', membersPath(USER, id), { callId: house.sandbox.platform.callIn().id });
    await until('all see the member', () => viewers.every(({ seen }) => seen.includes('conference-member')));
    await until('all have been answered', () => viewers.every(({ answers }) => answers >= 4), 60_000);
    await Promise.all(viewers.map((viewer) => viewer.leave()));
    expect(viewers.flatMap(({ refused }) => refused)).toEqual([]);
    process.stderr.write(`\ncreates without viewers: ${words(without)}; beside ${VIEWERS}: ${words(beside)}\n`);
  } finally {
    await house.close();
  }
});
