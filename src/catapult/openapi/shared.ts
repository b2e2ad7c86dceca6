import type { Answer, Operation, PathItem, Reference } from './types.ts';

/*
 * Most routes answer most errors alike: what is written once is read once.
 */

type Paths = Record<string, PathItem>;

/** The paths with the commonest answer of each status in a place of its own, and a reference to it wherever it is given. */
export function withShared(paths: Paths): { paths: Paths; responses: Record<string, Answer> } {
  const answers = Object.values(paths).flatMap((item) =>
    Object.values<Operation>(item).flatMap((operation) => Object.entries(operation.responses)),
  );
  const counted = new Map<string, number>();
  for (const entry of answers) counted.set(JSON.stringify(entry), (counted.get(JSON.stringify(entry)) ?? 0) + 1);
  const commonest = [...counted].sort(([, one], [, other]) => other - one).filter(([, times]) => times > 1);
  const responses: Record<string, Answer> = {};
  for (const [json] of commonest) {
    const [status, answer] = JSON.parse(json) as [string, Answer];
    responses[nameOf(status)] ??= answer;
  }
  const referring = (status: string, answer: Answer | Reference): Answer | Reference =>
    JSON.stringify(responses[nameOf(status)]) === JSON.stringify(answer)
      ? { $ref: `#/components/responses/${nameOf(status)}` }
      : answer;
  return { paths: mapAnswers(paths, referring), responses };
}

function nameOf(status: string): string {
  return `Status${status}`;
}

function mapAnswers(paths: Paths, change: (status: string, answer: Answer | Reference) => Answer | Reference): Paths {
  const mapped = <In, Out>(entries: Record<string, In>, map: (value: In, name: string) => Out) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, map(value, name)]));
  return mapped(paths, (item) =>
    mapped(item, (operation: Operation) => ({
      ...operation,
      responses: mapped(operation.responses, (answer, status) => change(status, answer)),
    })),
  );
}
