import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { clockText, inWords, utcText } from '../model/time.ts';
import { addressOf, type Place } from './place.ts';
import type { StreamState } from './api.ts';

/* Small parts that all pages use. */

/** The present time; whatever says how long something is ago reads it, so that it goes on. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 1_000);

const isUtc = new Date().getTimezoneOffset() === 0;

/** An instant by the reader's clock, with UTC beside it. */
export function Time({ at }: { at: string | number | undefined }) {
  if (at === undefined) return <></>;
  const instant = new Date(at).toISOString();
  return (
    <time dateTime={instant} class="time">
      {clockText(at, now.value)}
      {isUtc ? <span class="utc"> UTC</span> : <span class="utc"> {utcText(at)}</span>}
    </time>
  );
}

/** How long ago, or until when, in words that go on. */
export function Span({ at }: { at: string | number }) {
  const away = new Date(at).getTime() - now.value;
  return <span>{away > 0 ? `in ${inWords(away)}` : `${inWords(-away)} ago`}</span>;
}

export function Link({ to, children, current, label }: LinkProps) {
  return (
    <a href={addressOf(to)} aria-current={current === true ? 'page' : undefined} aria-label={label}>
      {children}
    </a>
  );
}

interface LinkProps {
  to: Place;
  children: ComponentChildren;
  current?: boolean;
  label?: string;
}

/** Something that went wrong, said when it happens. */
export function Problem({ text }: { text: string }) {
  return (
    <p role="alert" class="problem" hidden={text === ''}>
      {text}
    </p>
  );
}

const streamWords: Record<StreamState, string> = {
  opening: 'opening …',
  live: 'live',
  cut: 'cut off, trying again …',
  over: 'complete',
  refused: 'refused',
};

/** Whether what is shown goes on by itself. */
export function Live({ state, why }: { state: StreamState; why: string }) {
  return (
    <span role="status" class={`live ${state}`}>
      {streamWords[state]}
      {why !== '' && (state === 'cut' || state === 'refused') ? ` (${why})` : ''}
    </span>
  );
}

/** A word that says how something is; its colour says it once more. */
export function Badge({ tone, children }: { tone: 'good' | 'bad' | 'waits' | 'plain'; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** How good or bad a phase is. */
export function toneOfPhase(phase: string): 'good' | 'bad' | 'waits' | 'plain' {
  if (['failed', 'terminated'].includes(phase)) return 'bad';
  if (phase === 'active') return 'good';
  return ['scheduled', 'creating', 'created', 'ending'].includes(phase) ? 'waits' : 'plain';
}
