import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

/* The contract of the core is in words, at its types: when each input comes, and what follows from each effect. */

/** The members of a union type in a file of the core's state, each with the comment before it. */
function membersOf(file: string, union: string): { member: string; comment: string }[] {
  const path = fileURLToPath(new URL(`../../src/conference/state/${file}.ts`, import.meta.url));
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const alias = source.statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === union);
  if (alias === undefined || !ts.isUnionTypeNode(alias.type)) throw new Error(`${file}.ts has no union ${union}`);
  return alias.type.types.map((member) => {
    // The comment stands before the bar.
    const before = source.text
      .slice(0, member.getStart())
      .replace(/\|\s*$/, '')
      .trimEnd();
    const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '';
    return { member: member.getText(), comment };
  });
}

test.each([
  ['inputs', 'Input', 15],
  ['effects', 'Effect', 7],
])('%s: each %s has a sentence', (file, union, least) => {
  const members = membersOf(file, union);
  expect(members.length).toBeGreaterThanOrEqual(least);
  for (const { member, comment } of members)
    expect([member, comment]).toEqual([member, expect.stringMatching(/\.\s*\*\/$/)]);
});
