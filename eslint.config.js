import tseslint from 'typescript-eslint';
import { roomRules } from './eslint.rooms.js';
import { testRules } from './eslint.tests.js';

/** What is longer than a screen: such functions are listed, and may only shrink. */
const longFunctions = {
  'src/activities/platform.ts': 88,
  'src/gateway/api.ts': 77,
  'src/platform/client.ts': 85,
};
const lines = (max) => ({ 'max-lines-per-function': ['error', max] });

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.convoke/', 'bench/peers/', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      // A method may be async because its interface is.
      '@typescript-eslint/require-await': 'off',
      // An arrow that passes a call on reads better than one in braces.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // State is plain JSON: a field becomes absent by being deleted.
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines': ['error', 300], ...lines(70) },
  },
  // Written by a program.
  { files: ['src/catapult/openapi/examples.ts'], rules: { 'max-lines': 'off' } },
  ...Object.entries(longFunctions).map(([file, max]) => ({ files: [file], rules: lines(max) })),
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          'SpreadElement > ConditionalExpression > ObjectExpression[properties.length=0]',
          'SpreadElement > LogicalExpression[operator="&&"] > ObjectExpression.right',
        ].map((selector) => ({
          selector,
          message: 'present({ … }) of src/catapult/present.ts leaves out what is undefined.',
        })),
      ],
    },
  },
  ...roomRules,
  ...testRules,
);
