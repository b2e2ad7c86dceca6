import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EventResource } from '../../catapult/resource-schemas.ts';
import { lanesOf, stretchesOf } from '../model/lanes.ts';
import { inWords } from '../model/time.ts';
import type { Row } from '../model/timeline.ts';
import { scrolledTo, shownRows } from '../model/window.ts';
import { Lanes, Legend, widthOf } from './lanes.tsx';
import { Link, Time } from './parts.tsx';
import { placeWith } from './place.ts';

const narrow = matchMedia('(max-width: 48rem)');
const heightOfRow = () => (narrow.matches ? 58 : 28);

/** The rows of a conference in a box of their own: only those in sight are drawn, so 20,000 are as quick as 20. */
export function Timeline({ rows, chosen }: { rows: readonly Row[]; chosen: number | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const rowHeight = heightOfRow();
  const stretches = useMemo(() => stretchesOf(rows), [rows]);
  const lanes = lanesOf(stretches);
  const shown = shownRows(rows.length, rowHeight, scroll.top, scroll.height);
  const toNow = useStayAtNow(box, rows, rowHeight);
  useShowChosen(box, rows, rowHeight, chosen);
  useEffect(() => {
    const measure = () => {
      const { scrollTop: top = 0, clientHeight: height = 600 } = box.current ?? {};
      setScroll({ top, height });
    };
    measure();
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  const onScroll = () => {
    const { scrollTop: top = 0, clientHeight: height = 0 } = box.current ?? {};
    setScroll({ top, height });
  };
  return (
    <>
      <div class="timeline-head">
        {lanes > 0 ? <Legend /> : ''}
        <button type="button" onClick={toNow}>
          To now
        </button>
      </div>
      <div ref={box} class="timeline" tabIndex={0} role="region" aria-label="Timeline" onScroll={onScroll}>
        <div class="all" style={{ height: `${rows.length * rowHeight}px` }}>
          <div class="drawn" style={{ transform: `translateY(${shown.first * rowHeight}px)` }}>
            <Lanes stretches={stretches} shown={shown} lanes={lanes} rowHeight={rowHeight} />
            <div role="list" style={{ marginLeft: `${widthOf(lanes)}px` }}>
              {rows.slice(shown.first, shown.end).map((row, index) => (
                <Line key={row.key} row={row} place={shown.first + index + 1} of={rows.length} chosen={chosen} />
              ))}
            </div>
          </div>
        </div>
      </div>
    </>
  );
}

/** Goes to now when the page opens, and stays there as rows come, unless the reader has gone elsewhere. */
function useStayAtNow(box: { current: HTMLDivElement | null }, rows: readonly Row[], rowHeight: number): () => void {
  const isAtNow = useRef(true);
  const go = () => {
    const element = box.current;
    if (element === null) return;
    const now = rows.findIndex(({ kind }) => kind === 'now');
    const row = Math.min(now < 0 ? rows.length : now + 3, rows.length);
    element.scrollTop = Math.max(0, row * rowHeight - element.clientHeight);
  };
  useLayoutEffect(() => {
    if (isAtNow.current) go();
  }, [rows, rowHeight]);
  useEffect(() => {
    const element = box.current;
    const leave = () => (isAtNow.current = false);
    const signs = ['wheel', 'pointerdown', 'touchstart', 'keydown'];
    for (const sign of signs) element?.addEventListener(sign, leave, { passive: true });
    return () => signs.forEach((sign) => element?.removeEventListener(sign, leave));
  }, []);
  return () => {
    isAtNow.current = true;
    go();
  };
}

/** Has the row of the event that is open be in sight, once it is there. */
function useShowChosen(
  box: { current: HTMLDivElement | null },
  rows: readonly Row[],
  rowHeight: number,
  chosen: number | undefined,
): void {
  const place = chosen === undefined ? -1 : rows.findIndex(({ event }) => event?.sequence === chosen);
  useEffect(() => {
    const element = box.current;
    if (place < 0 || element === null) return;
    element.scrollTop = scrolledTo(place, rowHeight, element.scrollTop, element.clientHeight);
  }, [chosen, place < 0]);
}

const marks = { good: '✓', bad: '✗', waits: '…', plain: '·' } as const;
const marksInWords = { good: 'delivered', bad: 'failing', waits: 'waits', plain: '' } as const;

function Line({ row, place, of, chosen }: { row: Row; place: number; of: number; chosen: number | undefined }) {
  const { kind, tone, at, text, detail, event, until } = row;
  const isChosen = event !== undefined && event.sequence === chosen;
  const words = kind === 'idle' ? `nothing for ${inWords((until ?? at) - at)}` : text;
  return (
    <div
      role="listitem"
      class={`row ${kind} ${tone}${isChosen ? ' chosen' : ''}`}
      aria-posinset={place}
      aria-setsize={of}
      style={{ height: `${heightOfRow()}px` }}
    >
      <span class="at">{kind === 'idle' ? '' : <Time at={at} />}</span>
      <span class="mark" title={marksInWords[tone]} aria-label={marksInWords[tone]}>
        {kind === 'idle' || kind === 'now' ? '' : marks[tone]}
      </span>
      <span class="what">
        {event === undefined ? words : <Link to={placeWith({ event: String(event.sequence) })}>{words}</Link>}
        {event?.source === 'reconciled' ? <span class="made-up">made up</span> : ''}
        {event === undefined ? '' : <Tries event={event} />}
        {detail === undefined ? '' : <span class="detail"> {detail}</span>}
      </span>
    </div>
  );
}

const MOST_TRIES = 10;

/** A mark for each request with an event. */
function Tries({ event: { attempts } }: { event: EventResource }) {
  if (attempts.length === 0) return <></>;
  const failed = attempts.filter(({ ok }) => !ok).length;
  return (
    <span class="tries" role="img" aria-label={`${attempts.length} requests, ${failed} of them failed`}>
      {attempts.slice(-MOST_TRIES).map(({ ok, time, url }) => (
        <i key={`${time} ${url}`} class={ok ? 'good' : 'bad'} />
      ))}
    </span>
  );
}
