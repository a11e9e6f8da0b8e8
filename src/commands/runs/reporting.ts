import type { Contents } from '../../archive/head.ts';
import { Failure, reasonOf } from '../../base/errors.ts';
import { printWarning } from '../../progress/console.ts';
import { Recorder } from '../../progress/recorder.ts';
import { failureDocument, type RunFacts } from '../../progress/reports/build.ts';
import type { ReportDocument } from '../../progress/reports/document.ts';
import { checkReports, saveReport } from '../../progress/reports/save.ts';
import { TOOL_NAME } from '../program/names.ts';

/** What is known when a run begins. */
type Begun = Pick<RunFacts, 'tool' | 'command' | 'file' | 'startedAt'>;

/** The files of `--report`: follows a run, and writes them however it ends. */
export class Reporting {
  /** To be followed by every tally of the run. */
  readonly recorder = new Recorder(() => performance.now());
  #contents: Contents | undefined;
  #shares: Promise<RunFacts['images']> | undefined;
  readonly #paths: readonly string[];
  readonly #run: Begun;
  readonly #failures: Failure[] = [];

  private constructor(paths: readonly string[], run: Begun) {
    this.#paths = paths;
    this.#run = run;
  }

  /**
   * @param paths the values of `--report`
   * @throws Failure `usage` for files that could not be written at the end
   */
  static async open(
    command: string,
    file: string,
    paths: readonly string[] | undefined,
    version: string,
  ): Promise<Reporting> {
    await checkReports(paths ?? [], file);
    const tool = `${TOOL_NAME} ${version}`;
    return new Reporting(paths ?? [], { tool, command, file, startedAt: new Date() });
  }

  /** What the archive holds, once that is known. */
  readonly holds = (contents: Contents): void => {
    this.#contents = contents;
    this.#shares = undefined;
  };

  /** Reads what the report says of the archive's objects, which may not be there any more when it is written. */
  async readAhead(): Promise<void> {
    if (this.#paths.length > 0) await this.#images();
  }

  /** Runs the work and writes about it. What the work came to stands, whatever becomes of the reports. */
  async around<T>(work: () => Promise<T>, tell: (run: RunFacts, result: T) => ReportDocument): Promise<T> {
    try {
      const result = await work();
      await this.#write(run => tell(run, result));
      return result;
    } catch (error) {
      await this.#write(run => failureDocument(run, error));
      for (const failure of this.#failures) printWarning(`${failure.subject}: ${failure.message}`);
      throw error;
    }
  }

  /** To be called when the result has been told. @throws Failure `io-error` when a report could not be written */
  check(): void {
    const [first, ...others] = this.#failures;
    for (const { subject, message } of others) printWarning(`${subject}: ${message}`);
    if (first !== undefined) throw first;
  }

  async #write(tell: (run: RunFacts) => ReportDocument): Promise<void> {
    if (this.#paths.length === 0) return;
    const record = this.recorder.record();
    const images = await this.#images();
    const document = tell({ ...this.#run, endedAt: new Date(), record, images });
    for (const path of this.#paths) {
      try {
        await saveReport(path, document);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        this.#failures.push(error);
      }
    }
  }

  async #images(): Promise<RunFacts['images']> {
    if (this.#contents === undefined) return undefined;
    this.#shares ??= sharesOrNone(this.#contents);
    return this.#shares;
  }
}

/** A picture that cannot be drawn is no reason to have no report. */
async function sharesOrNone(contents: Contents): Promise<RunFacts['images']> {
  const { sharesOf } = await import('./shares.ts');
  try {
    return await sharesOf(contents);
  } catch (error) {
    printWarning(`the report has no sizes by org and space: ${reasonOf(error)}`);
    return undefined;
  }
}
