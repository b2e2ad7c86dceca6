/** Which rows of a long list are drawn: those in sight, and some beside them. */
export interface Shown {
  first: number;
  /** Behind the last. */
  end: number;
}

const BESIDE = 6;

/** The rows to draw of `count`, each `rowHeight` high, in a box that is scrolled so far. */
export function shownRows(count: number, rowHeight: number, scrollTop: number, height: number): Shown {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - BESIDE);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + BESIDE);
  return { first: Math.min(first, end), end };
}

/** How far a box must be scrolled so that a row is in sight; as it is, if it is. */
export function scrolledTo(row: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}
