import { Failure } from '../../base/errors.ts';
import { errorLines } from '../console.ts';
import type { ObjectOutcome } from '../events.ts';
import { duration, oneLine } from '../format.ts';
import type { RunRecord } from '../recorder.ts';
import { estimateText, rehearseVerdict } from '../rehearse-report.ts';
import { exportFacts, exportVerdict, restoreFacts, restoreVerdict } from '../report.ts';
import type { ExportResult } from '../results/archive.ts';
import type { RehearseResult, RestoreResult } from '../results/restore.ts';
import { OUTCOME_WORDS } from '../totals.ts';
import type { ReportDocument, Share } from './document.ts';

/** What is known of a run whatever comes of it. */
export interface RunFacts {
  readonly tool: string;
  readonly command: string;
  readonly file: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly record: RunRecord;
  readonly images: Share | undefined;
}

type Told = Pick<
  ReportDocument,
  'verdict' | 'facts' | 'objects' | 'planned' | 'maps' | 'differs' | 'notes' | 'losses'
>;

export function exportDocument(run: RunFacts, result: ExportResult): ReportDocument {
  const objects = Object.entries(result.objects).map(([kind, number]) => [kind, { exported: number }]);
  return documentOf(run, {
    verdict: exportVerdict(result),
    facts: exportFacts(result),
    objects: Object.fromEntries(objects),
    planned: [],
    maps: [],
    differs: [],
    notes: result.notes,
    losses: result.losses,
  });
}

export function restoreDocument(run: RunFacts, result: RestoreResult): ReportDocument {
  const { waves, maps, differs, notes, losses } = result;
  const objects = Object.entries(result.objects).map(([kind, outcomes]) => [kind, inWords(outcomes)]);
  return documentOf(run, {
    verdict: restoreVerdict(result),
    facts: [['archive', run.file], ...restoreFacts(result)],
    objects: Object.fromEntries(objects),
    planned: waves,
    ...{ maps, differs, notes, losses },
  });
}

/** A rehearsal is told as the restore that it is, with what is wrong with what came back. */
export function rehearseDocument(run: RunFacts, result: RehearseResult): ReportDocument {
  const { restore, problems } = result;
  const document = restoreDocument(run, restore);
  return {
    ...document,
    verdict: rehearseVerdict(result),
    facts: [...document.facts, ['estimate', estimateText(result)]],
    notes: [...problems.map(problem => `wrong with what came back: ${problem}`), ...document.notes],
  };
}

/** Of a run that did not come to its end. */
export function failureDocument(run: RunFacts, error: unknown): ReportDocument {
  const isInterrupted = error instanceof Failure && error.code === 'interrupted';
  const { record } = run;
  const document = documentOf(run, {
    verdict: `${run.command} ${isInterrupted ? 'interrupted' : 'failed'}, after ${duration(record.seconds)}`,
    facts: [['archive', run.file]],
    objects: {},
    planned: [],
    maps: [],
    differs: [],
    notes: record.notes,
    losses: record.losses,
  });
  return { ...document, ending: isInterrupted ? 'interrupted' : 'failed', error: errorLines(error) };
}

export function documentOf(run: RunFacts, told: Told): ReportDocument {
  const { losses: _losses, notes: _notes, ...record } = run.record;
  return {
    schema: 1,
    tool: run.tool,
    command: run.command,
    file: run.file,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt.toISOString(),
    ending: 'done',
    error: [],
    ...told,
    facts: told.facts.filter(([, text]) => text !== '').map(([name, text]) => [name, oneLine(text)]),
    record,
    images: run.images,
  };
}

function inWords(outcomes: Partial<Record<ObjectOutcome, number>>): Record<string, number> {
  const pairs = Object.entries(outcomes) as [ObjectOutcome, number][];
  return Object.fromEntries(pairs.map(([outcome, number]) => [OUTCOME_WORDS[outcome], number]));
}
