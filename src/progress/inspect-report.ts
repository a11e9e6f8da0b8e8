import { baseFacts } from './base-facts.ts';
import { age, count, size } from './format.ts';
import {
  type Fact,
  factLines,
  facts,
  leftOutSection,
  lossSection,
  page,
  section,
  selectionFact,
  showInput,
  verdict,
} from './report-parts.ts';
import { attachedText, but, objectsText, secretsText, signedText } from './report-words.ts';
import type { InspectResult } from './results/archive.ts';

/** What is in an archive; wide with who uses each image. */
export function inspectReport(result: InspectResult, now: Date, wide = false): string {
  const { images, losses } = result;
  return page(
    facts(inspectFacts(result, now)),
    ...result.orgs.map(({ name, spaces }) =>
      section(
        `org ${name}:`,
        factLines(spaces.map(space => [space.name, space.apps.join(', ') || 'no apps'])),
      ),
    ),
    section(
      'packages:',
      factLines(result.packages.map(({ name, version }) => [name, version ?? 'no version'])),
    ),
    leftOutSection(result.selection),
    section('images:', factLines(images.flatMap(image => imageFacts(image, wide)))),
    section(
      'left out of package repositories, since they were not installed:',
      factLines(result.packagesLeftOut.map(reference => ['', reference])),
    ),
    lossSection(losses),
    verdict(`${showInput(result.file)} can be read${but(losses.length)}; ${LAYERS[result.checked]}`),
  );
}

function inspectFacts(result: InspectResult, now: Date): Fact[] {
  const { source, absentKinds } = result;
  return [
    ['file', `${showInput(result.file)}, ${size(result.bytes)}`],
    ['created', `${result.createdAt}, ${age(new Date(result.createdAt), now)}`],
    ['made by', `${result.tool}, format ${result.formatVersion}`],
    ['source', versionsText(source)],
    ['registry', source.registryPrefix ?? ''],
    selectionFact(result.selection),
    ['objects', objectsText(result.objects)],
    ['images', `${count(result.images.length)}, ${size(result.layerBytes)} of layers`],
    ...baseFacts(result.base),
    ['attached', attachedText(result.attached.count)],
    ['secrets', secretsText(result.secrets, result.objects)],
    ['signed', signedText(result.signature)],
    ['absent', absentKinds.length === 0 ? '' : `${absentKinds.join(', ')} (not served by the source)`],
  ];
}

function versionsText({ kubernetes, korifi, rootNamespace }: InspectResult['source']): string {
  const versions = { Kubernetes: kubernetes, Korifi: korifi, 'root namespace': rootNamespace };
  const known = Object.entries(versions).filter(([, value]) => value !== undefined);
  return known.map(pair => pair.join(' ')).join(', ');
}

/** A pipe is read to its end, so that nothing of it is left to look at. */
const LAYERS = {
  all: 'its layers were read on the way, and every digest is right',
  presence: 'its layers were not looked at, verify does that',
} as const;

function imageFacts({ reference, bytes, usedBy }: InspectResult['images'][number], wide: boolean): Fact[] {
  const image: Fact = [size(bytes), reference];
  return wide ? [image, ...usedBy.map((user): Fact => ['', `used by ${user}`])] : [image];
}
