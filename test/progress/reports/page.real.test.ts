import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveReport } from '../../../src/progress/reports/save.ts';
import { startBrowser } from '../../support/browser.ts';
import * as probes from '../../support/page-probes.js';
import { checkReports, hostileReport, sampleReport } from './sample.ts';

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), 'asa-page-'));
  await saveReport(join(folder, 'sample.html'), sampleReport());
  await saveReport(join(folder, 'hostile.html'), hostileReport());
  for (const [name, report] of Object.entries(checkReports()))
    await saveReport(join(folder, `${name}.html`), report);
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A report in the browser, with all that the browser complained about or asked for. */
async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(error.message));
  page.on('dialog', dialog => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => requests.push(request.url()));
  const address = pathToFileURL(join(folder, name)).href;
  await page.goto(address);
  return { page, complaints, others: () => requests.filter(url => url !== address) };
}

describe('a report in a browser', () => {
  it.each(['light', 'dark'] as const)('is read well in %s', async colorScheme => {
    const { page, complaints, others } = await open('sample.html', { colorScheme });
    const ground = await page.evaluate(probes.ground);
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
    const { ratio, text } = await page.evaluate(probes.leastContrast);
    expect(ratio, text).toBeGreaterThanOrEqual(4.5);
    expect({ complaints, others: others() }).toEqual({ complaints: [], others: [] });
    await page.close();
  });

  it.each([320, 1400])('fits a window of %i pixels', async width => {
    const { page } = await open('sample.html', { viewport: { width, height: 700 } });
    const wide = await page.evaluate(probes.pageWidth);
    expect(wide).toBeLessThanOrEqual(width);
    await page.close();
  });

  it('is told in its pictures and tables to who cannot see them', async () => {
    const { page } = await open('sample.html');
    const pictures = await page.evaluate(probes.pictureTitles);
    expect(await page.getByRole('img').count()).toBe(2);
    expect(pictures).toEqual([
      expect.stringMatching(/^Timeline: 5 m 00 s/),
      expect.stringMatching(/^Image bytes .*120/),
    ]);
    expect(await page.getByRole('table', { name: 'Waves' }).getByRole('row').count()).toBe(3);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await page.close();
  });

  it('is drawn to scale', async () => {
    const { page } = await open('sample.html', { viewport: { width: 1100, height: 800 } });
    const boxes = await page.evaluate(probes.areas);
    const ratio = (boxes['app cart'] ?? 0) / (boxes['app search'] ?? 1);
    expect(ratio).toBeCloseTo(1.5, 1);
    const bars = await page.evaluate(probes.barWidths);
    expect((bars[0] ?? 0) / (bars[1] ?? 1)).toBeCloseTo(2, 1);
    expect((bars[2] ?? 0) / (bars[3] ?? 1)).toBeCloseTo(70 / 30, 1);
    await page.close();
  });

  it('is printed on white, with its pictures, from a dark screen too', async () => {
    const { page, complaints } = await open('sample.html', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const ground = await page.evaluate(probes.ground);
    expect(ground).toBe('rgb(255, 255, 255)');
    expect((await page.evaluate(probes.leastContrast)).ratio).toBeGreaterThanOrEqual(4.5);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(['verify', 'diff', 'undo'])('of %s is read in light and dark, narrow and printed', async name => {
    for (const [scheme, media] of [
      ['light', 'screen'],
      ['dark', 'screen'],
      ['dark', 'print'],
    ] as const) {
      const { page, complaints, others } = await open(`${name}.html`, {
        colorScheme: scheme,
        viewport: { width: 320, height: 700 },
      });
      await page.emulateMedia({ media, colorScheme: scheme });
      const isDark = scheme === 'dark' && media === 'screen';
      expect(await page.evaluate(probes.ground)).toBe(isDark ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
      const { ratio, text } = await page.evaluate(probes.leastContrast);
      expect(ratio, text).toBeGreaterThanOrEqual(4.5);
      // Forty columns of a terminal are as wide; a sheet of paper is not.
      for (const width of media === 'print' ? [800] : [320, 800, 1400]) {
        await page.setViewportSize({ width, height: 700 });
        expect(await page.evaluate(probes.pageWidth)).toBeLessThanOrEqual(width);
      }
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      if (media === 'print')
        expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
      expect({ complaints, others: others() }).toEqual({ complaints: [], others: [] });
      await page.close();
    }
  });

  it('runs nothing and asks for nothing, whatever things are called', async () => {
    const { page, complaints, others } = await open('hostile.html');
    expect(await page.locator('h1').textContent()).toContain('<script>alert(1)</script>');
    expect(await page.evaluate(probes.activeParts)).toBe(0);
    expect({ complaints, others: others() }).toEqual({ complaints: [], others: [] });
    await page.close();
  });
});
