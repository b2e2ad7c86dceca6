/*
 * How tests wait: by `until` (test/support/until.ts) alone, which is bounded and says what it waited for.
 */

const message = 'Wait with until() (test/support/until.ts): it has an end, and says what it waited for.';

/** Loops that wait: those that await and are bounded by nothing, by a clock, or by what is awaited. */
const waits = [
  'WhileStatement:has(AwaitExpression)',
  'DoWhileStatement:has(AwaitExpression)',
  'ForStatement[test=null]:has(AwaitExpression)',
  'ForStatement > .test:has(AwaitExpression)',
  'ForStatement > AwaitExpression.update',
  'ForStatement:has(AwaitExpression) > .test:has(MemberExpression[property.name="now"])',
];

export const testRules = [
  {
    files: ['test/**/*.ts'],
    ignores: ['test/support/until.ts'],
    rules: { 'no-restricted-syntax': ['error', ...waits.map((selector) => ({ selector, message }))] },
  },
];
