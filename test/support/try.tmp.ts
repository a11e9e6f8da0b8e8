import { startRealFoundation } from '/work/main/test/support/real-foundation.ts';

const t0 = Date.now();
const f = await startRealFoundation({
  name: 'source',
  landscape: { seed: 'real', apps: 16, appBytes: 4096 },
  login: { username: 'tap', password: 'secret-of-registry' },
});
console.log('up', (Date.now() - t0) / 1000);
const w = await f.audit.writes();
console.log(
  w.length,
  w
    .filter(x => x.verb !== 'create')
    .map(x => JSON.stringify(x))
    .join('\n'),
);
await f.stop();
console.log('stopped', (Date.now() - t0) / 1000);
