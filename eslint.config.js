import tseslint from 'typescript-eslint';
import { roomRules } from './eslint.rooms.js';
import { testRules } from './eslint.tests.js';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.convoke/', '**/*.js', '**/*.mjs'] },
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
  ...roomRules,
  ...testRules,
);
