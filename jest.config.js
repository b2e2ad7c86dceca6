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

/** Two projects: `unit` needs nothing; `temporal` gets a Temporal server and the workflow bundle before it starts. */
export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['unit', 'sandbox'].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...common,
      displayName: 'temporal',
      testMatch: ['workflow', 'integration', 'faults', 'replay'].map(
        (folder) => `<rootDir>/test/${folder}/**/*.test.ts`,
      ),
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
  testTimeout: 60_000,
  maxWorkers: 2,
};
