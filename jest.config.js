const tests = (...folders) => folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`);

const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
};

const rules = { ...common, setupFilesAfterEnv: ['<rootDir>/test/support/rules-setup.ts'] };

/** With a Temporal server and the workflow bundle, which are made once, before the first of them. */
const temporal = {
  ...common,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

/** test/support/README.md says what each project is for; `npm test` runs those that scripts/test.mjs names. */
export default {
  projects: [
    { ...rules, displayName: 'unit', testMatch: tests('unit') },
    { ...rules, displayName: 'parts', testMatch: tests('parts', 'sandbox') },
    { ...temporal, displayName: 'workflow', testMatch: tests('workflow', 'replay') },
    { ...temporal, displayName: 'promises', testMatch: tests('promises') },
    { ...temporal, displayName: 'integration', testMatch: tests('integration') },
    // The workflows once more, with none of them kept in memory between its tasks.
    {
      ...temporal,
      displayName: 'no-cache',
      testMatch: [...tests('workflow'), '<rootDir>/test/integration/long-conferences-continue-as-new.test.ts'],
      globals: { noWorkflowCache: true },
    },
    // The wire and its clients once more, on a real Asterisk, and what can only be heard there.
    {
      ...temporal,
      displayName: 'asterisk',
      testMatch: [
        ...tests('asterisk'),
        '<rootDir>/test/integration/{the-whole-wire-,every-client-of-the-page-}*.test.ts',
      ],
      globalSetup: '<rootDir>/test/support/asterisk-setup.ts',
      globals: { onAsterisk: true },
    },
    // People at the console, in a browser.
    { ...temporal, displayName: 'browser', testMatch: tests('browser') },
    // With the compiled program too.
    {
      ...temporal,
      displayName: 'faults',
      testMatch: tests('faults'),
      globalSetup: '<rootDir>/test/support/faults-setup.ts',
    },
  ],
  testTimeout: 120_000,
  maxWorkers: 2,
  // Fault tests run beside each other, a town each: most of their time is waiting.
  maxConcurrency: 8,
};
