import { count, plural, size } from '../../progress/format.ts';
import { foldTo, wrapWords } from '../../progress/text.ts';
import { textOf } from './editor.ts';
import { field } from './field.ts';
import { around, EMPTY, factLines, type Line, line, paragraph, scrolled, span } from './lines.ts';
import type { Examined, OnExisting } from './port.ts';
import { isForbidding } from './restore-keys.ts';
import type { WizardState } from './state.ts';
import type { Area } from './wizard.ts';

export function archiveScreen({ archive, scroll }: WizardState, { columns, rows }: Area): Line[] {
  const lost = archive.losses.flatMap(({ subject, reason }) => [
    ...paragraph(`! ${subject}`, columns, 'warn'),
    ...paragraph(reason, columns, undefined, '  '),
  ]);
  const lines = [
    ...factLines(archive.facts, columns),
    EMPTY,
    ...(lost.length === 0
      ? [line(span('✓ ', 'good'), 'nothing is missing in it')]
      : [line(span(`${plural(archive.losses.length, 'thing')} not in it:`, 'warn')), ...lost]),
  ];
  return scrolled(lines, scroll, rows);
}

export function unlockScreen({ unlock, key }: WizardState, { columns }: Area): Line[] {
  const isSecret = unlock.kind === 'passphrase';
  const asked = isSecret
    ? "The passphrase that was given when the backup was made opens the archive's secrets."
    : "A key file (an age identity, or an ssh key) of one of the recipients opens the archive's secrets.";
  const lead = isSecret ? 'passphrase ' : 'key file ';
  const isActive = unlock.own === undefined;
  const own = 'its passphrase ';
  return [
    ...paragraph(asked, columns),
    EMPTY,
    line(span(lead, 'bold'), ...field(unlock.editor, columns - lead.length, { isSecret, isActive })),
    ...(unlock.own === undefined
      ? []
      : [
          EMPTY,
          ...paragraph('The key itself has a passphrase.', columns),
          line(span(own, 'bold'), ...field(unlock.own, columns - own.length, { isSecret: true })),
        ]),
    EMPTY,
    ...(key === undefined ? [] : [line(span('✓ ', 'good'), 'the secrets are open')]),
  ];
}

const SIGNS = { refuse: ['✗', 'bad'], warn: ['!', 'warn'], note: ['·', 'dim'] } as const;

export function checkScreen({ examined, scroll, allowed }: WizardState, { columns, rows }: Area): Line[] {
  if (examined === undefined) return [];
  const { findings } = examined;
  const refusing = findings.filter(finding => isForbidding(finding, allowed)).length;
  const verdict =
    refusing > 0
      ? line(span(`✗ ${plural(refusing, 'finding')} forbid${refusing === 1 ? 's' : ''} the restore`, 'bad'))
      : line(span('✓ ', 'good'), 'nothing forbids the restore');
  const blocks = findings.map((finding, index) => findingLines(finding, allowed, index === scroll, columns));
  return [verdict, EMPTY, ...around(blocks, scroll, rows - 2)];
}

/** A finding, with a box where it can be allowed. */
function findingLines(
  finding: Examined['findings'][number],
  allowed: ReadonlySet<string>,
  isMarked: boolean,
  columns: number,
): Line[] {
  const { severity, text, hint, allow } = finding;
  const isAllowed = allow !== undefined && allowed.has(allow);
  const [sign, look] = SIGNS[isForbidding(finding, allowed) ? 'refuse' : isAllowed ? 'warn' : severity];
  const box = allow === undefined ? '' : isAllowed ? '[x] ' : '[ ] ';
  const lead = `${isMarked ? '›' : ' '} ${sign} ${box}`;
  const [first = '', ...more] = foldTo(text, columns - lead.length);
  const advice =
    allow === undefined ? hint : isAllowed ? 'allowed' : 'Space allows it, if it is known and wanted';
  return [
    line(span(lead, look), isMarked ? span(first, 'bold') : first),
    ...more.map(words => line(`${' '.repeat(lead.length)}${words}`)),
    ...(advice === undefined ? [] : paragraph(`→ ${advice}`, columns, 'dim', ' '.repeat(lead.length))),
  ];
}

export function wavesScreen({ examined, scroll, onExisting }: WizardState, { columns, rows }: Area): Line[] {
  if (examined === undefined) return [];
  const { waves, images, bytes, objects, differs } = examined;
  const head = [
    ...paragraph(
      `${plural(images, 'image')} (${size(bytes)}), and ${plural(objects, 'object')} in ${plural(waves.length, 'wave')}: each begins when its images and what it needs are there.`,
      columns,
    ),
    ...(differs.length === 0 ? [] : paragraph(existingText(differs.length, onExisting), columns, 'warn')),
    EMPTY,
  ];
  const wide = String(waves.length).length;
  const told = waves.flatMap(({ kinds, objects, there }, index) => {
    const figures = `${count(objects)}${thereText(there, objects)}`;
    const [first = '', ...more] = wrapWords(`${kinds.join(', ')}: ${figures}`, columns - wide - 2);
    return [
      line(span(`${String(index + 1).padStart(wide)}  `, 'dim'), first),
      ...more.map(words => line(' '.repeat(wide + 2) + words)),
    ];
  });
  const different = differs.flatMap(({ subject, fields }) => [
    ...paragraph(`! ${subject} differs in`, columns, 'warn'),
    ...fields.flatMap(field => paragraph(field, columns, 'dim', '    ')),
  ]);
  const lines = different.length === 0 ? told : [...told, EMPTY, ...different];
  return [...head, ...scrolled(lines, scroll, rows - head.length)];
}

function existingText(differing: number, onExisting: OnExisting): string {
  const what = `${plural(differing, 'object')} ${differing === 1 ? 'is' : 'are'} there already and not as in the archive`;
  return onExisting === 'skip'
    ? `${what}: left as they are (u makes them as in the archive)`
    : `${what}: MADE AS IN THE ARCHIVE (u leaves them as they are)`;
}

function thereText(there: number, objects: number): string {
  if (there === 0) return '';
  return there === objects ? ', all there' : `, ${count(there)} there`;
}

export function confirmScreen({ typed, map, examined, allowed }: WizardState, { columns }: Area): Line[] {
  const context = map?.target.context ?? '';
  const { objects = 0, images = 0, bytes = 0, waves = [] } = examined ?? {};
  const there = waves.reduce((sum, wave) => sum + wave.there, 0);
  const some = there === 0 ? '' : `, ${there === objects ? 'all' : count(there)} of them there already,`;
  const lead = 'context ';
  return [
    ...paragraph(
      `${plural(objects, 'object')}${some} and ${plural(images, 'image')} (${size(bytes)}) go to the cluster of this context:`,
      columns,
    ),
    EMPTY,
    line('  ', span(context, 'bold')),
    EMPTY,
    ...[...allowed].flatMap(name => paragraph(`! allowed all the same: ${name}`, columns, 'warn')),
    ...(allowed.size === 0 ? [] : [EMPTY]),
    ...paragraph('Type its name to begin. Nothing was written so far.', columns),
    EMPTY,
    line(span(lead, 'bold'), ...field(typed, columns - lead.length)),
    ...(textOf(typed).trim() === context ? [EMPTY, line(span('✓ ', 'good'), 'Enter begins')] : []),
  ];
}
