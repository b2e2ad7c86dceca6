import { observe } from '../telemetry/metrics.ts';
import { traced } from '../telemetry/tracing.ts';
import type { PlatformClient } from './client.ts';

type Operation = Exclude<keyof PlatformClient, 'close'>;

/** The platform's client, with every request counted by what it asked for and how it ended. */
export function measured(platform: PlatformClient): PlatformClient {
  async function timed<Outcome extends Awaited<ReturnType<PlatformClient[Operation]>>>(
    operation: Operation,
    request: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const startedAt = performance.now();
    const answered = await traced(`platform ${operation}`, { kind: 'client' }, request);
    const result = answered.outcome === 'read' ? 'done' : answered.outcome;
    observe(
      'convoke_platform_request_duration_seconds',
      { operation, result },
      (performance.now() - startedAt) / 1_000,
    );
    return answered;
  }

  return {
    createConference: (...call) => timed('createConference', () => platform.createConference(...call)),
    completeConference: (...call) => timed('completeConference', () => platform.completeConference(...call)),
    updateConference: (...call) => timed('updateConference', () => platform.updateConference(...call)),
    updateMember: (...call) => timed('updateMember', () => platform.updateMember(...call)),
    addMember: (...call) => timed('addMember', () => platform.addMember(...call)),
    playAudio: (...call) => timed('playAudio', () => platform.playAudio(...call)),
    dial: (...call) => timed('dial', () => platform.dial(...call)),
    readConference: (...call) => timed('readConference', () => platform.readConference(...call)),
    readCallbacks: (...call) => timed('readCallbacks', () => platform.readCallbacks(...call)),
    registerCallbacks: (...call) => timed('registerCallbacks', () => platform.registerCallbacks(...call)),
    close: () => platform.close(),
  };
}
