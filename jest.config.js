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

const temporal = {
  ...common,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/once-more.ts'],
};

/**
 * `unit` needs nothing; `temporal` gets a Temporal server and the workflow bundle before it starts; `no-cache` runs the
 * workflows once more, without keeping any in memory between its tasks; `faults` gets the compiled program too.
 */
export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['unit', 'sandbox'].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...temporal,
      displayName: 'temporal',
      testMatch: ['workflow', 'integration', 'replay'].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...temporal,
      displayName: 'no-cache',
      testMatch: ['<rootDir>/test/workflow/**/*.test.ts'],
      globals: { noWorkflowCache: true },
    },
    {
      ...temporal,
      displayName: 'faults',
      testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/faults-setup.ts',
    },
  ],
  testTimeout: 60_000,
  maxWorkers: 2,
  // Fault tests run beside each other, a town each: most of their time is waiting.
  maxConcurrency: 8,
};
