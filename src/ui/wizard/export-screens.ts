import { plural } from '../../progress/format.ts';
import type { KeepSecrets, Where } from './export-port.ts';
import { type ExportState, FIELDS, KINDS, whereOf } from './export-state.ts';
import { field } from './field.ts';
import { around, EMPTY, factLines, type Line, line, paragraph, scrolled, span } from './lines.ts';
import type { Area } from './wizard.ts';

export function sourceScreen({ source, scroll }: ExportState, { columns, rows }: Area): Line[] {
  if (source === undefined) return [];
  const lines = [
    ...paragraph('This foundation is backed up: its resources and every image that they name.', columns),
    EMPTY,
    ...factLines(source.facts, columns),
  ];
  return scrolled(lines, scroll, rows);
}

const ASKED: Record<keyof Where, readonly [name: string, text: string]> = {
  path: ['file', 'The file that the archive is written to; it appears under its name when it is whole.'],
  medium: [
    'part size',
    'The size of one medium, where the archive has to be cut into parts: fat32, dvd, bluray, or a size as 4GiB. Empty for one file.',
  ],
  base: [
    'base',
    'An earlier archive: image layers that it has are left out, and a restore needs both. Empty for all of them.',
  ],
};

export function whereScreen({ where, place }: ExportState, { columns, rows }: Area): Line[] {
  const width = Math.max(...FIELDS.map(name => ASKED[name][0].length));
  const room = columns - width - 4;
  const blocks = FIELDS.map(name => {
    const [shown, text] = ASKED[name];
    const isActive = where.cursor === name;
    const lead = span(`${isActive ? '›' : ' '} ${shown.padEnd(width)} `, 'bold');
    const typed = line(lead, ...field(where.editors[name], room, { isActive }));
    return [...paragraph(text, columns), typed, EMPTY];
  });
  const found = place === undefined ? [] : paragraph(`✓ ${place}`, columns, 'good');
  return around([...blocks, found], FIELDS.indexOf(where.cursor), rows);
}

const WAYS: Record<KeepSecrets['kind'], readonly [name: string, asked: string]> = {
  'recipients-file': ['encrypted to a file of recipients', 'file '],
  recipient: ['encrypted to one recipient', 'recipient '],
  passphrase: ['encrypted with a passphrase', 'passphrase '],
  plaintext: ['in plain text', ''],
};

export function secretsScreen({ secrets, sealed }: ExportState, { columns }: Area): Line[] {
  const { kind, editor, again } = secrets;
  const isSecret = kind === 'passphrase';
  const [, lead] = WAYS[kind];
  const asked =
    kind === 'plaintext'
      ? paragraph('! Whoever has the file can read every password in it.', columns, 'warn')
      : [
          line(
            span(lead, 'bold'),
            ...field(editor, columns - lead.length, { isSecret, isActive: again === undefined }),
          ),
          ...(again === undefined
            ? []
            : [line(span('again      ', 'bold'), ...field(again, columns - lead.length, { isSecret }))]),
        ];
  return [
    ...paragraph(
      'How Secrets are kept in the archive; all else in it can be read, and scanned, by whoever has it.',
      columns,
    ),
    EMPTY,
    ...KINDS.map(one => line(`${one === kind ? '› (•)' : '  ( )'} ${WAYS[one][0]}`)),
    EMPTY,
    ...asked,
    ...(sealed === undefined ? [] : [EMPTY, line(span('✓ ', 'good'), 'they can be kept so')]),
  ];
}

export function confirmExportScreen(state: ExportState, { columns }: Area): Line[] {
  const { source, choose, sealed } = state;
  const { path, medium, base } = whereOf(state);
  const facts: [string, string][] = [
    ['from', source?.context ?? ''],
    ['what', plural(choose?.effect.objects ?? 0, 'object')],
    ['to', medium === '' ? path : `${path}, in parts for ${medium}`],
    ...(base === '' ? [] : [['base', `without the layers of ${base}`] as [string, string]]),
    ['secrets', WAYS[sealed?.kind ?? 'plaintext'][0]],
  ];
  return [
    ...factLines(facts, columns),
    EMPTY,
    ...paragraph(
      'The size is known, and checked against the free space, before the first image is fetched. The cluster is only read.',
      columns,
    ),
  ];
}
