/** Control characters, and what turns the direction of writing around or ends a line. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A text for a terminal, with all that would steer it written out: others' words must not clear the screen, nor tell a line that
 * is not ours. Where the lines are ours (`keepLines`), they stay.
 */
export function terminalText(text: string, { keepLines = false } = {}): string {
  return text.replace(STEERING, (character) => {
    if (character === '\t' || (keepLines && character === '\n')) return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
