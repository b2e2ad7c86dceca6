/** The text with U+FFFD in place of what no UTF-8 can hold, and of zero characters; cut to a number of whole characters. */
export function outsideText(text: string, maxCharacters: number): string {
  // A character is two units at most: what is behind them need not be looked at.
  const mended = text.slice(0, 2 * maxCharacters + 1).replace(/[\0\p{Cs}]/gu, '\ufffd');
  return Array.from(mended).slice(0, maxCharacters).join('');
}
