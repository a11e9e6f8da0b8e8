import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../../src/progress/reports/markup.ts';
import { checkReports, saveReport } from '../../../src/progress/reports/save.ts';
import { squarify } from '../../../src/progress/reports/squarify.ts';
import { hostileReport, sampleReport } from './sample.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-reports-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, document = sampleReport()): Promise<string> {
  const path = join(folder, name);
  await saveReport(path, document);
  return readFile(path, 'utf8');
}

describe('a report file', () => {
  it('holds the same facts in each of its forms', async () => {
    const [json, markdown, page] = await Promise.all(['r.json', 'r.md', 'r.html'].map(name => written(name)));
    expect(JSON.parse(json ?? '')).toEqual(JSON.parse(JSON.stringify(sampleReport())));
    for (const text of [markdown, page]) {
      const words = [
        'restored to new-site',
        'CFApp s/x',
        'denied by a webhook',
        'CFRoute s/r',
        'wave 2',
        'not yet',
      ];
      const more = [
        '1 m 40 s',
        '2 shorter ones',
        'old.example.com/',
        'connection reset',
        'ledger',
        '25.0 MiB',
      ];
      for (const word of [...words, ...more]) expect(text).toContain(word);
    }
    expect(markdown).toContain('images     ████████████████████·········· 3 m 20 s');
    expect(page).toMatch(/<svg [\s\S]*wave 2[\s\S]*<svg [\s\S]*ledger/);
  });

  it('is its owner’s alone, and there as a whole or not at all', async () => {
    await written('mode.html');
    await written('mode.html', sampleReport({ verdict: 'a second time' }));
    expect((await stat(join(folder, 'mode.html'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'mode.html'), 'utf8')).toContain('a second time');
    await expect(saveReport(join(folder, 'nowhere', 'x.md'), sampleReport())).rejects.toThrow(
      'cannot be written',
    );
    expect((await readdir(folder)).filter(name => name.endsWith('.partial'))).toEqual([]);
  });

  it('shows hostile names as text', async () => {
    const page = await written('hostile.html', hostileReport());
    const tags = new Set([...page.matchAll(/<\/?([a-z][\w-]*)/gi)].map(([, tag]) => tag));
    expect(['script', 'img', 'iframe', 'a', 'object', 'form'].filter(tag => tags.has(tag))).toEqual([]);
    expect(page.match(/<h1\b/g)).toHaveLength(1);
    expect(page).not.toMatch(/<[^>]*\son\w+=/);
    expect(page).not.toContain('\u001b');
    expect(page).not.toContain('\u202e');
    const markdown = await written('hostile.md', hostileReport());
    expect(markdown).not.toMatch(/(^|[^\\])[<|`[!](script|img|link| cell|code)/m);
    expect(markdown).not.toContain('<');
    expect(markdown).not.toContain('](');
  });

  it('has no credential, whoever said it', async () => {
    const secret = 'password=correct-horse';
    const losses = [{ kind: 'object-failed' as const, subject: 'x', reason: `refused: ${secret}` }];
    for (const name of ['c.json', 'c.md', 'c.html']) {
      expect(await written(name, sampleReport({ losses, notes: [secret] }))).not.toContain('correct-horse');
    }
  });

  it('is refused beforehand where it could not be written afterwards', async () => {
    const refused = (path: string) => checkReports([path], join(folder, 'backup.tar'));
    await expect(refused(join(folder, 'r.pdf'))).rejects.toMatchObject({ code: 'usage' });
    await expect(refused(join(folder, 'nowhere', 'r.md'))).rejects.toMatchObject({ code: 'usage' });
    await expect(checkReports(['x.json'], 'x.json')).rejects.toThrow('replace the archive');
    await expect(refused(join(folder, 'r.HTML'))).resolves.toBeUndefined();
  });
});

describe('markup', () => {
  it('escapes all that is put into it', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const { text: made } = html`<b title="${text}">${[text]}</b>`;
        expect(made.replace(/^<b title="[^"<>]*">[^<>]*<\/b>$/, '')).toBe('');
      }),
    );
  });
});

describe('a squarified treemap', () => {
  it('fills its box with areas in proportion, and nothing lies outside', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(weights, unsorted => {
        const sorted = unsorted.sort((a, b) => b - a);
        const total = sorted.reduce((sum, weight) => sum + weight, 0);
        const boxes = squarify(sorted, { x: 0, y: 0, width: 600, height: 400 });
        expect(boxes).toHaveLength(sorted.length);
        for (const [index, { x, y, width, height }] of boxes.entries()) {
          const share = total === 0 ? 0 : (sorted[index] ?? 0) / total;
          expect(width * height).toBeCloseTo(share * 240_000, 3);
          expect([x, y, x + width <= 600.001, y + height <= 400.001]).toEqual([x, y, true, true]);
        }
      }),
    );
  });
});
