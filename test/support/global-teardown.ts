import { rmSync } from 'node:fs';
import type { TestGlobals } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  const globals = globalThis as TestGlobals;
  const { convokeTemporal, convokeTestDir } = globals;
  globals.convokeTemporal = undefined;
  globals.convokeTestDir = undefined;
  await convokeTemporal?.stop();
  if (convokeTestDir !== undefined) rmSync(convokeTestDir, { recursive: true, force: true });
}
