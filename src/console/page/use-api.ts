import { useEffect, useState } from 'preact/hooks';
import { follow, get, wordsOf, type StreamState } from './api.ts';

/** What was asked for, or why there is nothing. */
export interface Asked<Value> {
  value: Value | undefined;
  error: string;
  again: () => void;
}

/** Asks the API when a page opens, and every so often (ms) while it is seen; `undefined` as the path asks nothing. */
export function useApi<Value>(userId: string, path: string | undefined, everyMs = 0): Asked<Value> {
  const [asked, setAsked] = useState<{ path: string | undefined; value: Value | undefined; error: string }>({
    ...{ path: undefined, value: undefined, error: '' },
  });
  const [times, setTimes] = useState(0);
  const wanted = path === undefined ? undefined : `${userId} ${path}`;
  const isSame = (before: { path: string | undefined; value: unknown; error: string }, value: Value) =>
    before.path === wanted && before.error === '' && JSON.stringify(before.value) === JSON.stringify(value);
  useEffect(() => {
    if (path === undefined) return;
    const leaving = new AbortController();
    const ask = () => {
      if (document.hidden) return;
      get<Value>(userId, path, leaving.signal).then(
        // What has not changed is not drawn anew.
        (value) => setAsked((before) => (isSame(before, value) ? before : { path: wanted, value, error: '' })),
        (error: unknown) => {
          // What was known before stays in sight.
          if (!leaving.signal.aborted) setAsked((before) => ({ ...before, error: wordsOf(error) }));
        },
      );
    };
    ask();
    const timer = everyMs > 0 ? setInterval(ask, everyMs) : undefined;
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [wanted, everyMs, times]);
  const value = asked.path === wanted ? asked.value : undefined;
  return { value, error: asked.error, again: () => setTimes((before) => before + 1) };
}

/** Follows a stream of the API while a page is open; what comes is what the route says. */
export function useStream(
  userId: string,
  path: string | undefined,
  onMessages: (came: unknown[]) => void,
): { state: StreamState; why: string } {
  const [told, setTold] = useState<{ state: StreamState; why: string }>({ state: 'opening', why: '' });
  useEffect(() => {
    if (path === undefined) return;
    const leaving = new AbortController();
    const follower = {
      onMessages,
      onState: (state: StreamState, why = '') => setTold({ state, why }),
    };
    void follow(userId, path, follower, leaving.signal);
    return () => leaving.abort();
  }, [userId, path]);
  return told;
}
