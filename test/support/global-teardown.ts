import { rmSync } from 'node:fs';
import type { TestGlobals } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  const { convokeTemporal, convokeTestDir } = globalThis as TestGlobals;
  await convokeTemporal?.stop();
  if (convokeTestDir !== undefined) rmSync(convokeTestDir, { recursive: true, force: true });
}
