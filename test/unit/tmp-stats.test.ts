import { test } from '@jest/globals';
import fc from 'fast-check';
import { history, live } from './lifecycle-world.ts';
test('stats', () => {
  const n: Record<string, number> = {};
  const inc = (k: string, by = 1) => (n[k] = (n[k] ?? 0) + by);
  const t = performance.now();
  const hs = fc.sample(history, 500);
  const t1 = performance.now();
  for (const h of hs) {
    const w = live(h);
    inc(w.state.phase + '/' + (w.state.reason ?? ''));
    inc('commands', h.commands.length);
    inc('steps', w.taken.length);
    inc('accepted', w.accepted.length);
    inc('dead', w.state.outbox.deadLetters.length);
    inc('strays', w.state.strays.length);
    inc('adopted', w.state.platformId ? 1 : 0);
    inc('failedSettles', w.taken.filter((x) => x.input.type === 'settled' && x.input.result.failed).length);
    inc('activeSeen', w.taken.some((x) => x.after.phase === 'active') ? 1 : 0);
    inc('repeated', w.effects('log').filter((x) => x.message.includes('came again')).length);
    inc('reorderedDelivery', w.delivered.some((e, i) => i > 0 && e.sequence < (w.delivered[i - 1]?.sequence ?? 0)) ? 1 : 0);
    inc('activeMembersWhenClosed', w.taken.some(x => ['completed','cancelled'].includes(x.after.phase) && x.after.activeMembers>0) ? 1:0);
  }
  process.stdout.write(JSON.stringify({ ...n, sample: t1 - t, live: performance.now() - t1 }, null, 1));
});
