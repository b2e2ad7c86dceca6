import { useRef, useState } from 'preact/hooks';
import type { DeadLetterResource } from '../../catapult/resource-schemas.ts';
import { grouped, type Group } from '../model/dead-letters.ts';
import { hintFor } from '../model/findings.ts';
import { eventInWords } from '../model/words.ts';
import { post, wordsOf } from './api.ts';
import { Link, Problem, Time } from './parts.tsx';
import { ALL_ACCOUNTS, session } from './session.ts';
import { useApi } from './use-api.ts';

interface Page {
  deadLetters: DeadLetterResource[];
  nextPageToken?: string;
}

const READ_EVERY_MS = 10_000;
/** As many are sent at a time: the API's limits are the customer's too. */
const AT_ONCE = 4;

/** What was given up, by account and error, with what a redelivery would send, and how far one is. */
export function DeadLetters() {
  const { userId = '' } = session.value ?? {};
  const { value, error, again } = useApi<Page>(userId, '/dead-letters?size=100', READ_EVERY_MS);
  const groups = grouped(value?.deadLetters ?? []);
  return (
    <>
      <h1>Dead letters</h1>
      <Problem text={error} />
      {value === undefined ? <p>Reading …</p> : ''}
      {value !== undefined && groups.length === 0 ? <p>None: every event was delivered, or is still tried.</p> : ''}
      {value?.nextPageToken === undefined ? '' : <p>There are more than are shown here.</p>}
      {groups.map((group) => (
        <GroupOfOne
          key={`${group.userId} ${group.error}`}
          group={group}
          isOfAll={userId === ALL_ACCOUNTS}
          again={again}
        />
      ))}
    </>
  );
}

interface Progress {
  done: number;
  of: number;
  refused: string;
}

function GroupOfOne({ group, isOfAll, again }: { group: Group; isOfAll: boolean; again: () => void }) {
  const { userId, error, letters } = group;
  const [progress, setProgress] = useState<Progress>();
  const isStopped = useRef(false);
  const send = async () => {
    isStopped.current = false;
    await redeliver(letters, setProgress, () => isStopped.current);
    again();
  };
  const isSending = progress !== undefined && progress.done < progress.of && !isStopped.current;
  return (
    <section class="group" aria-label={`${error}, ${userId}`}>
      <h2>
        {letters.length} × {error}
        {isOfAll ? ` · ${userId}` : ''}
      </h2>
      <p class="hint">{hintFor(error)}</p>
      <p>
        <button type="button" disabled={isSending} onClick={() => void send()}>
          Deliver {letters.length === 1 ? 'it' : `all ${letters.length}`} again
        </button>
        {isSending ? (
          <button type="button" onClick={() => (isStopped.current = true)}>
            Stop
          </button>
        ) : (
          ''
        )}
        {progress === undefined ? '' : <Said progress={progress} />}
      </p>
      <Preview letters={letters} />
    </section>
  );
}

function Said({ progress: { done, of, refused } }: { progress: Progress }) {
  return (
    <>
      <progress value={done} max={of} aria-label="Sent again" />
      <span role="status" class="said">
        {done} of {of} are sent again
      </span>
      <Problem text={refused} />
    </>
  );
}

/** Asks for each in turn, a few at a time, until all are asked for or the reader has enough. */
async function redeliver(
  letters: readonly DeadLetterResource[],
  tell: (progress: Progress) => void,
  isStopped: () => boolean,
): Promise<void> {
  const progress = { done: 0, of: letters.length, refused: '' };
  const waiting = [...letters];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !isStopped(); next = waiting.shift()) {
      const { userId, conferenceId, event } = next;
      try {
        await post(userId, `/conferences/${conferenceId}/events/${encodeURIComponent(event.id)}/redeliver`);
      } catch (error) {
        progress.refused = `Event ${event.sequence} of ${conferenceId}: ${wordsOf(error)}`;
      }
      progress.done += 1;
      tell({ ...progress });
    }
  };
  tell({ ...progress });
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const MOST_SHOWN = 50;

/** What would be sent, event by event. */
function Preview({ letters }: { letters: readonly DeadLetterResource[] }) {
  return (
    <details>
      <summary>What would be sent</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Accepted</th>
              <th scope="col">Conference</th>
              <th scope="col">Event</th>
              <th scope="col">Requests</th>
            </tr>
          </thead>
          <tbody>
            {letters.slice(0, MOST_SHOWN).map(({ userId, conferenceId, event }) => (
              <tr key={event.id}>
                <td>
                  <Time at={event.acceptedTime} />
                </td>
                <td>
                  <Link to={{ p: 'conference', account: userId, id: conferenceId, event: String(event.sequence) }}>
                    {conferenceId}
                  </Link>
                </td>
                <td>
                  <details>
                    <summary>
                      {event.sequence}: {eventInWords(event)}
                    </summary>
                    <pre tabIndex={0}>{JSON.stringify(event.body, undefined, 2)}</pre>
                  </details>
                </td>
                <td>{event.attempts.length}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {letters.length > MOST_SHOWN ? <p>And {letters.length - MOST_SHOWN} more.</p> : ''}
    </details>
  );
}
