import type { Finding } from '../model/findings.ts';

/** What is wrong, whose it is, and what helps. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <></>;
  return (
    <ul class="findings" aria-label="What is wrong">
      {findings.map(({ tone, text, advice }) => (
        <li key={text} class={tone}>
          <strong>{text}</strong> {advice}
        </li>
      ))}
    </ul>
  );
}
