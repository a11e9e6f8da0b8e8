import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { Failure } from '../../base/errors.ts';
import { oneLine } from '../format.ts';
import { redact } from '../redact.ts';
import { writeWhole } from '../write-whole.ts';
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
  await writeWhole(path, text, 'the report cannot be written');
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
