import { constants } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { oneLine } from '../format.ts';
import { redact } from '../redact.ts';
import type { ReportDocument } from './document.ts';
import { markdownReport } from './markdown.ts';
import { htmlReport } from './page.ts';

/** The forms of a report by the ending of its file. */
const FORMS: Record<string, (document: ReportDocument) => string> = {
  '.json': document => `${JSON.stringify(document, undefined, 2)}\n`,
  '.md': markdownReport,
  '.html': htmlReport,
};

/**
 * Finds out before a run whether its reports could be written after it.
 * @param archive the file that the run is about, which no report may replace
 * @throws Failure `usage`
 */
export async function checkReports(paths: readonly string[], archive: string): Promise<void> {
  for (const path of paths) {
    if (formOf(path) === undefined) {
      throw new Failure('usage', 'the ending of a report says what it is to be', {
        subject: path,
        hints: [
          `call it ${Object.keys(FORMS)
            .map(ending => `FILE${ending}`)
            .join(', ')}`,
        ],
      });
    }
    if (resolve(path) === resolve(archive)) {
      throw new Failure('usage', 'the report would replace the archive', { subject: path });
    }
    const isFolder = await stat(path).then(
      found => found.isDirectory(),
      () => false,
    );
    if (isFolder) throw new Failure('usage', 'it is a folder', { subject: path });
    await access(dirname(resolve(path)), constants.W_OK).catch(cause => {
      throw new Failure('usage', 'no report can be written there', { subject: path, cause });
    });
  }
}

/**
 * Writes a report for its owner only; under its name it appears as a whole. An older one is replaced.
 * @throws Failure `io-error`
 */
export async function saveReport(path: string, document: ReportDocument): Promise<void> {
  const text = formOf(path)?.(clean(document) as ReportDocument) ?? '';
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new Failure('io-error', 'the report cannot be written', {
      subject: path,
      hints: ['what was done is done; only this report of it is lost'],
      cause,
    });
  }
}

function formOf(path: string): ((document: ReportDocument) => string) | undefined {
  return FORMS[extname(path).toLowerCase()];
}

/** Every text in it, names too, as one harmless line without a credential. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return redact(oneLine(value));
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [redact(oneLine(name)), clean(member)]),
  );
}
