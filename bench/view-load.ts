/**
 * `node view-load.mjs view|none SECONDS FILE`: adds 50,000 events a second up, with the live view on standard error or
 * with none, and writes to the file how many seconds of processor time that took.
 */
import { writeFileSync } from 'node:fs';
import { show } from '../src/progress/printer.ts';
import { InkPrinter } from '../src/progress/printers/ink.ts';
import { NO_PRINTER } from '../src/progress/printers/none.ts';
import { Tally } from '../src/progress/tally.ts';

const PER_SECOND = 50_000;
const TICK_MS = 10;
const BLOBS = 8;
const BLOB_BYTES = 1024 ** 3;

const [, , mode, seconds = '10', file = ''] = process.argv;
const now = () => performance.now();
const tally = new Tally(now, ['images', 'resources', 'finish']);
const controls = { flow: undefined, finish() {}, abandon() {}, wayOn: () => '' };
const { stderr: stream, env } = process;
const printer = mode === 'view' ? new InkPrinter(tally, { stream, env, now, controls }) : NO_PRINTER;

await show(tally, printer, async () => {
  const events = Number(seconds) * PER_SECOND;
  tally.report({ type: 'phase', phase: 'images' });
  tally.report({
    type: 'planned',
    bytes: BLOBS * BLOB_BYTES,
    blobs: BLOBS,
    objects: events,
    images: 8,
    waves: 1,
  });
  for (let blob = 0; blob < BLOBS; blob++) {
    const place = `registry.example.com/apps/image-${blob}`;
    tally.report({ type: 'blob-started', digest: String(blob), bytes: BLOB_BYTES, for: place });
  }
  // What loading costs is not what showing costs.
  await new Promise(resolve => setTimeout(resolve, 1500));
  const before = process.cpuUsage();
  const began = now();
  for (let sent = 0; sent < events; ) {
    const due = Math.min(events, ((now() - began) / 1000) * PER_SECOND);
    for (; sent < due; sent++) send(sent, events);
    await new Promise(resolve => setTimeout(resolve, TICK_MS));
  }
  const { user, system } = process.cpuUsage(before);
  writeFileSync(file, String((user + system) / 1e6));
});

/** Of ten events nine are bytes of a blob, and one is an object. */
function send(index: number, events: number): void {
  if (index % 10 === 0) {
    tally.report({ type: 'object-done', kind: 'CFApp', name: `app-${index}`, how: 'created' });
    return;
  }
  const bytes = Math.floor((index / events) * BLOB_BYTES);
  tally.report({ type: 'blob-progress', digest: String(index % BLOBS), bytes });
}
