import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { readConfig } from '../../src/config.ts';
import { Exchange } from '../../test/support/telephones/exchange.ts';
import { levelOf, muLawFile } from '../../test/support/telephones/g711.ts';
import type { TelephoneCall } from '../../test/support/telephones/telephone-call.ts';
import { timePasses, until } from '../../test/support/until.ts';
import type { Convoke } from './convoke.ts';
import { answered, ask, bodyOf, type Asked } from './http.ts';
import { begin, print, say, scene, Unexpected } from './tell.ts';

/** A telephone that says a tone of its own all the time (Hz), by which the others are told what they hear. */
interface Person {
  name: string;
  number: string;
  tone: number;
  call: TelephoneCall;
}

const PEOPLE = [
  { name: 'Ann', number: '+19195550001', tone: 700 },
  { name: 'Ben', number: '+19195550002', tone: 1_100 },
  { name: 'Carol', number: '+19195550003', tone: 1_900 },
] as const;

const LISTEN_MS = 1_000;
const HEARD_WITHIN_MS = 20_000;

/** Of 1; a tone that is there has 0.25. */
const AUDIBLE = 0.05;

const conference = z.object({ participants: z.array(z.object({ to: z.string(), memberId: z.string() })) });

/** The story of a conference of three telephones, told by what each of them hears. @throws Unexpected */
export async function tellOnAsterisk({ config, gateway }: Convoke): Promise<void> {
  const exchange = await Exchange.open(config.asterisk.sipPort);
  const call = (url: string, asked: Asked = {}) =>
    ask(url, { ...asked, headers: { authorization: basicAuth(LOCAL_ACCOUNT) } });
  try {
    begin('A conference that can be heard');
    const { url, people } = await gather(exchange, call, gateway);
    await tellWhatIsHeard(people);

    scene('Ben is muted');
    const { participants } = bodyOf(conference, answered(200, await call(url)));
    const ben = participants.find(({ to }) => to === PEOPLE[1].number);
    answered(200, await call(`${url}/members/${ben?.memberId}`, { method: 'POST', body: { mute: true } }));
    say('POST {"mute": true} to the member that is Ben was answered 200.');
    await tellWhatIsHeard(people, 'Ben');

    scene('A sentence is spoken');
    const sentence = 'This conference is now over. Thank you all for calling.';
    answered(200, await call(`${url}/audio`, { method: 'POST', body: { sentence } }));
    await timePasses('it takes that long to say it', 5_000);
    say(`“${sentence}” was spoken to all.`);

    scene('The end');
    answered(200, await call(url, { method: 'POST', body: { state: 'completed' } }));
    await until('all calls are over', () => people.every((person) => person.call.state === 'over'));
    say('POST {"state": "completed"}: Asterisk has hung up all three.');
    keepRecording(people[2]);
  } finally {
    exchange.close();
  }
}

type Caller = (url: string, asked?: Asked) => ReturnType<typeof ask>;

async function gather(exchange: Exchange, call: Caller, gateway: string) {
  for (const { number, tone } of PEOPLE) exchange.number(number, { tone });
  const body = { from: '+19195551234', participants: PEOPLE.map(({ number, name }) => ({ to: number, tag: name })) };
  const { location = '' } = answered(
    201,
    await call(gateway + conferencesPath(LOCAL_ACCOUNT.userId), { method: 'POST', body }),
  );
  say(`A conference was created, with three participants: ${location}`);
  const [ann, ben, carol] = PEOPLE;
  const people: [Person, Person, Person] = [
    { ...ann, call: await exchange.at(ann.number) },
    { ...ben, call: await exchange.at(ben.number) },
    { ...carol, call: await exchange.at(carol.number) },
  ];
  for (const { name, number, tone } of people) say(`${name} (${number}) has picked up, and says a tone of ${tone} Hz.`);
  return { url: location, people };
}

/** Each must hear the others, but nobody who is muted. */
async function tellWhatIsHeard(people: readonly Person[], muted?: string): Promise<void> {
  const expected = people.map((listener) => people.filter(({ name }) => name !== listener.name && name !== muted));
  const heardBy = async (listener: Person) => {
    const before = listener.call.media.heard.length;
    await timePasses('what is heard is heard in time', LISTEN_MS);
    const heard = Buffer.concat(listener.call.media.heard.slice(before));
    return people.map((speaker) => ({ ...speaker, level: levelOf(speaker.tone, heard) }));
  };
  let levels: Awaited<ReturnType<typeof heardBy>>[] = [];
  const isAsExpected = async () => {
    levels = await Promise.all(people.map(heardBy));
    return levels.every(
      (all, place) => namesOf(all.filter(({ level }) => level > AUDIBLE)) === namesOf(expected[place] ?? []),
    );
  };
  await until('each hears the others', isAsExpected, HEARD_WITHIN_MS).catch(() => {
    const came = people.map(
      ({ name }, place) => `${name}: ${JSON.stringify(levels[place]?.map(({ level }) => level))}`,
    );
    throw new Unexpected('each hears the others', came.join('; '));
  });
  for (const [place, { name }] of people.entries()) {
    const others = (levels[place] ?? []).filter((speaker) => speaker.name !== name);
    say(
      `${name} hears ${others.map((speaker) => `${speaker.name} at ${Math.round(speaker.level * 100)} %`).join(', ')}.`,
    );
  }
}

function namesOf(people: readonly { name: string }[]): string {
  return people.map(({ name }) => name).join();
}

/** All that a telephone has heard, to listen to. */
function keepRecording({ name, call }: Person): void {
  const { dataDir } = readConfig();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, `what-${name.toLowerCase()}-heard.wav`);
  writeFileSync(file, muLawFile(Buffer.concat(call.media.heard)));
  print(`\nAll that ${name} heard is in ${file}.`);
}
