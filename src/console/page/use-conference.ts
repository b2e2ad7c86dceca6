import { useEffect, useRef, useState } from 'preact/hooks';
import type { Conference, EventResource } from '../../catapult/resource-schemas.ts';
import type { Step, StepPage } from '../../catapult/watching-resources.ts';
import { get, wordsOf, type StreamState } from './api.ts';
import { useApi, useStream } from './use-api.ts';

/** All that is shown of one conference, as it is now. */
export interface WatchedConference {
  conference: Conference | undefined;
  events: readonly EventResource[];
  steps: readonly Step[];
  error: string;
  live: { state: StreamState; why: string };
}

/** What comes together is drawn together. */
const DRAWN_AFTER_MS = 120;
/** Phases, timers and changes come in no stream of their own: they are read soon after an event, and every so often. */
const READ_EVERY_MS = 8_000;
/** At least so long after an event, and at most twice as long: those who watch the same one do not all ask at once. */
const READ_AFTER_MS = 500;

/** Watches a conference while a page is open. */
export function useConference(account: string, id: string): WatchedConference {
  const path = `/conferences/${encodeURIComponent(id)}`;
  const conference = useApi<Conference>(account, path, READ_EVERY_MS);
  const steps = useSteps(account, path);
  const [events, add] = useEvents();
  const again = useSoon(() => {
    conference.again();
    steps.again();
  });
  const live = useStream(account, `${path}/events?follow=true`, (came) => {
    add(came as EventResource[]);
    again();
  });
  return {
    ...{ conference: conference.value, events, steps: steps.value, live },
    error: conference.error || steps.error,
  };
}

/** Does something once a while after it is asked for, however often that is. */
function useSoon(work: () => void): () => void {
  const latest = useRef(work);
  latest.current = work;
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    if (timer.current !== 0) return;
    timer.current = setTimeout(
      () => {
        timer.current = 0;
        latest.current();
      },
      READ_AFTER_MS * (1 + Math.random()),
    );
  };
}

/** The events by their numbers, each as it was told last. */
function useEvents(): [readonly EventResource[], (came: readonly EventResource[]) => void] {
  const known = useRef(new Map<number, EventResource>());
  const [events, setEvents] = useState<readonly EventResource[]>([]);
  const drawing = useRef(0);
  const add = (came: readonly EventResource[]) => {
    for (const event of came) known.current.set(event.sequence, event);
    if (drawing.current !== 0) return;
    drawing.current = setTimeout(() => {
      drawing.current = 0;
      setEvents([...known.current.values()].sort((a, b) => a.sequence - b.sequence));
    }, DRAWN_AFTER_MS);
  };
  useEffect(() => () => clearTimeout(drawing.current), []);
  return [events, add];
}

/** The steps, a page for each run; only the last one can still change. */
function useSteps(account: string, path: string) {
  const [steps, setSteps] = useState<{ value: readonly Step[]; error: string }>({ value: [], error: '' });
  const [times, setTimes] = useState(0);
  const runs = useRef<{ token: string; steps: readonly Step[] }[]>([{ token: '', steps: [] }]);
  useEffect(() => {
    const leaving = new AbortController();
    const read = async () => {
      if (document.hidden) return;
      for (let token: string | undefined = runs.current.at(-1)?.token; token !== undefined;) {
        const query: string = token === '' ? '' : `?pageToken=${encodeURIComponent(token)}`;
        const page: StepPage = await get<StepPage>(account, `${path}/steps${query}`, leaving.signal);
        runs.current.splice(-1, 1, { token, steps: page.steps });
        token = page.nextPageToken;
        if (token !== undefined) runs.current.push({ token, steps: [] });
      }
      const value = runs.current.flatMap((run) => run.steps);
      const isSame = (before: { value: readonly Step[]; error: string }) =>
        before.error === '' && JSON.stringify(before.value) === JSON.stringify(value);
      setSteps((before) => (isSame(before) ? before : { value, error: '' }));
    };
    const tryToRead = () => {
      read().catch((error: unknown) => {
        if (!leaving.signal.aborted) setSteps((before) => ({ ...before, error: wordsOf(error) }));
      });
    };
    tryToRead();
    const timer = setInterval(tryToRead, READ_EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [account, path, times]);
  return { ...steps, again: () => setTimes((before) => before + 1) };
}
