import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseVolumeSize } from '../../archive/volumes/size.ts';
import { Failure } from '../../base/errors.ts';
import { surveyFoundation } from '../../export/collect.ts';
import { SelectionTree } from '../../foundation/selection-tree.ts';
import { oneLine, plural, size } from '../../progress/format.ts';
import { surveyTarget } from '../../restore/target.ts';
import type { ExportPort, KeepSecrets, SourceFacts, Where } from '../../ui/wizard/export-port.ts';
import { readBase } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { openSealer } from '../from-flags/secrets.ts';
import { readSelection } from '../from-flags/selection.ts';
import type { ExportFlags } from '../runs/export.ts';
import { baseFlagOf, sealFlagsOf } from './export-answers.ts';
import { unreadable, wholePath } from './paths.ts';
import { foundationOf } from './tree.ts';

/** The engines of an export behind the wizard's questions. Nothing is written through it. */
export class SourcePort implements ExportPort {
  readonly #flags: ExportFlags;
  readonly #signal: AbortSignal;

  constructor(flags: ExportFlags, signal: AbortSignal) {
    this.#flags = flags;
    this.#signal = signal;
  }

  /** Sizes are not known yet: images are looked at by the export itself. */
  async source(): Promise<SourceFacts> {
    const signal = this.#signal;
    const cluster = await openCluster(this.#flags, () => {});
    try {
      const { korifi, kubernetesVersion } = await surveyTarget(cluster, signal);
      const graph = await surveyFoundation({ cluster, signal });
      const selection = readSelection(this.#flags) ?? {};
      const tree = new SelectionTree(graph, { images: [], layerBytes: [] });
      const foundation = foundationOf(tree, graph, selection);
      const orgs = foundation.branches.filter(({ kind }) => kind === 'org');
      const apps = orgs.flatMap(({ children }) => children.flatMap(space => space.children));
      const facts: [string, string][] = [
        ['context', cluster.context],
        ['server', cluster.server],
        ['Kubernetes', kubernetesVersion],
        ['Korifi', korifi === undefined ? 'not installed' : (korifi.version ?? 'of an unknown version')],
        ['images', korifi?.containerRepositoryPrefix ? `below ${korifi.containerRepositoryPrefix}` : ''],
        ['holds', `${plural(orgs.length, 'org')}, ${plural(apps.length, 'app')}`],
      ];
      return {
        context: cluster.context,
        facts: facts.filter(([, text]) => text !== '').map(([name, text]) => [name, oneLine(text)]),
        foundation,
      };
    } finally {
      await cluster.close();
    }
  }

  async place(where: Where): Promise<string> {
    const { path, medium } = where;
    const file = resolve(wholePath(path));
    const parts = medium === '' ? '' : `, in parts of ${size(parseVolumeSize(medium))}`;
    if (!this.#flags.overwrite && (await stat(file).catch(() => undefined)) !== undefined) {
      const hints = ['choose another name; an export that is started with --overwrite replaces it'];
      throw new Failure('refused', 'the file exists already', { subject: file, hints });
    }
    const folder = dirname(file);
    await access(folder, constants.W_OK).catch(cause => {
      throw new Failure('refused', 'no file can be made there', { subject: folder, cause });
    });
    const { bavail, bsize } = await statfs(folder);
    const base = await this.#base(file, where);
    return `${size(bavail * bsize)} are free there${parts}${base}`;
  }

  async #base(file: string, where: Where): Promise<string> {
    const base = baseFlagOf(this.#flags, where);
    if (base !== undefined && this.#flags.redact) {
      const hints = ['leave the base empty: this export was started with --redact'];
      throw new Failure('usage', 'a redacted copy has no layers, and needs no base', { hints });
    }
    const found = await readBase(file, { base });
    return found === undefined ? '' : `; layers of the backup made at ${found.createdAt} are left out`;
  }

  async seal(secrets: KeepSecrets): Promise<void> {
    const passphrase = secrets.kind === 'passphrase' ? secrets.text : undefined;
    await openSealer(sealFlagsOf(secrets), passphrase).catch(error => {
      throw secrets.kind === 'recipients-file' ? unreadable(error, secrets.text) : error;
    });
  }
}
