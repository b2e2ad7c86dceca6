/*
 * How tests wait: by test/support/until.ts alone. `until` is bounded and says what it waited for; `stays` and `timePasses` say why
 * it is time itself that counts.
 */

const message =
  'Wait with until() (test/support/until.ts), which has an end and says what it waited for; with timePasses() where time itself is what counts.';

/** Loops that wait: those that await and are bounded by nothing, by a clock, or by what is awaited. */
const waits = [
  'WhileStatement:has(AwaitExpression)',
  'DoWhileStatement:has(AwaitExpression)',
  'ForStatement[test=null]:has(AwaitExpression)',
  'ForStatement > .test:has(AwaitExpression)',
  'ForStatement > AwaitExpression.update',
  'ForStatement:has(AwaitExpression) > .test:has(MemberExpression[property.name="now"])',
  // Sleeping.
  'ImportDeclaration[source.value="node:timers/promises"] > ImportSpecifier[imported.name="setTimeout"]',
  'AwaitExpression > NewExpression[callee.name="Promise"]:has(CallExpression[callee.name="setTimeout"][arguments.0.name="resolve"])',
];

export const testRules = [
  {
    files: ['test/**/*.ts'],
    ignores: ['test/support/until.ts'],
    rules: { 'no-restricted-syntax': ['error', ...waits.map((selector) => ({ selector, message }))] },
  },
];
