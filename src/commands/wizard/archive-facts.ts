import { leftBy } from '../../archive/base.ts';
import type { Plan } from '../../archive/plan.ts';
import type { ArchiveReader } from '../../archive/reader.ts';
import type { Loss } from '../../base/losses.ts';
import { baseFacts } from '../../progress/base-facts.ts';
import { age, count, oneLine, plural, size } from '../../progress/format.ts';
import { signedText } from '../../progress/report-words.ts';
import type { ArchiveFacts } from '../../ui/wizard/port.ts';

/** What an archive says of itself, as the first screen of a wizard tells it. */
export function factsOf(
  file: string,
  { head, signature }: ArchiveReader,
  late: readonly Loss[],
  isOpened: boolean,
  keepsTasks: boolean,
): Omit<ArchiveFacts, 'onExisting'> {
  const { plan, totalBytes } = head;
  const { source, secrets } = plan;
  const layers = plan.layers.reduce((sum, layer) => sum + layer.size, 0);
  const images = plan.images.filter(({ attachedTo }) => attachedTo === undefined).length;
  const objects = plan.resources.reduce((sum, blob) => sum + blob.objects, 0);
  const versions = [
    source.kubernetesVersion && `Kubernetes ${source.kubernetesVersion}`,
    source.korifi?.version && `Korifi ${source.korifi.version}`,
    source.korifi && `root namespace ${source.korifi.rootNamespace}`,
  ].filter(part => part !== undefined && part !== '');
  const facts: (readonly [string, string])[] = [
    ['file', `${file}, ${size(totalBytes)}`],
    ['made', `${plan.createdAt}, ${age(new Date(plan.createdAt), new Date())}`],
    ['by', `${plan.tool.name} ${plan.tool.version}`],
    ['from', versions.join(', ')],
    ['registry', source.korifi?.containerRepositoryPrefix ?? ''],
    [
      'holds',
      `${plural(objects, 'object')}, ${plural(images, 'image')}: ${size(layers)} in ${count(plan.layers.length)} layers`,
    ],
    ['left out', leftOutText(plan, keepsTasks)],
    ...baseFacts(leftBy(plan)),
    ['signed', signedText(signature)],
    ['secrets', secretsText(plan, isOpened)],
  ];
  return {
    file,
    facts: facts.filter(([, text]) => text !== '').map(([name, text]) => [name, oneLine(text)]),
    losses: [...plan.losses, ...late].map(({ subject, reason }) => ({
      subject: oneLine(subject),
      reason: oneLine(reason),
    })),
    lock:
      secrets.kind === 'plaintext' || isOpened
        ? undefined
        : secrets.key === undefined
          ? 'identity'
          : 'passphrase',
  };
}

/** What is in the archive and not in the tree that is shown next. */
function leftOutText({ resources }: Plan, keepsTasks: boolean): string {
  const tasks = resources.filter(({ kind }) => kind === 'CFTask');
  const number = tasks.reduce((sum, blob) => sum + blob.objects, 0);
  if (number === 0 || keepsTasks) return '';
  return `${plural(number, 'task')}: they stay in the archive, unless --tasks history is given`;
}

function secretsText({ secrets: { kind }, resources }: Plan, isOpened: boolean): string {
  if (kind === 'plaintext' && !resources.some(blob => blob.group === '' && blob.kind === 'Secret')) {
    return 'none: it holds no Secret';
  }
  if (kind === 'plaintext') return 'NOT encrypted: whoever has the file can read them';
  return isOpened ? 'encrypted with age, and opened by the key that was given' : 'encrypted with age';
}
