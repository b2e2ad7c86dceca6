import { LOCAL_ACCOUNT } from '../../../src/accounts/accounts.ts';
import { conferencesPath } from '../../../src/catapult/paths.ts';
import type { PlatformConference } from '../../../test/support/controls.ts';
import { answered } from '../http.ts';
import { eventually, expectThat } from '../observe.ts';
import type { Stage } from '../stage.ts';
import { say, scene, took } from '../tell.ts';

/** The platform creates the conference and its answer is lost: the customer gets an answer all the same, and one conference. */
export async function create(stage: Stage): Promise<void> {
  scene('A conference is created, and the platform’s answer is lost on the way');
  const hasStruck = await stage.faults.loseAnswerOfNextCreate();
  say('The sandbox is told to do the next create call, and to break the connection instead of answering it.');
  const { callbackUrl, fallbackUrl } = stage.customer;
  const since = performance.now();
  const path = conferencesPath(LOCAL_ACCOUNT.userId);
  const answer = await stage.create(path, { from: '+19195551234', callbackUrl, fallbackUrl, tag: 'demo' });
  answered(201, answer);
  say(`POST ${path} was answered 201 after ${took(since)}: ${stage.conferenceId}.`, 4);
  expectThat(await hasStruck(), 'the platform’s answer to the create call was lost', 'it was not');
  const made = await onlyOneOpen(stage);
  const others = made.length === 1 ? '' : `, and ${made.length - 1} of a repeated attempt that is completed`;
  say(`The platform’s answer was lost; on the platform there is one open conference${others}.`, 1);
  const { isSigned } = await stage.customerGets('conference created');
  expectThat(isSigned, 'the event is signed as Standard Webhooks have it', 'it is not');
  say('The customer’s callbackUrl got “conference created”, signed as Standard Webhooks have it.', 3);
}

const isOpen = ({ state }: PlatformConference) => state !== 'completed';

function onlyOneOpen({ sandbox, conferenceId, signal }: Stage): Promise<PlatformConference[]> {
  return eventually(
    {
      expected: 'one open conference on the platform',
      look: () => sandbox.madeFor(conferenceId),
      is: (made) => made.filter(isOpen).length === 1,
      came: (made) => `${made.length} made for it, ${made.filter(isOpen).length} of them open`,
    },
    signal,
  );
}

/** The one conference that is open on the platform. */
export async function theOneOnThePlatform(stage: Stage): Promise<PlatformConference> {
  const [one] = (await onlyOneOpen(stage)).filter(isOpen);
  if (one === undefined) throw new Error('there was one');
  return one;
}
