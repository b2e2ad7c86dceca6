/*
 * HTML from text that is data: nothing of it becomes markup but what is put there on purpose.
 */

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}

/** A line of text, with what stands between backquotes as code. */
export function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** Paragraphs, and lists of lines that begin with a dash; a list begins a paragraph of its own. */
export function prose(text: string): string {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => (block.startsWith('- ') ? list(block) : `<p>${inline(block)}</p>`))
    .join('\n');
}

function list(block: string): string {
  const items = block.slice(2).split(/\n- /);
  return `<ul>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
}

/** A value as JSON, which can be scrolled by keyboard too. */
export function json(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  return `<pre tabindex="0"><code>${escaped(text)}</code></pre>`;
}
