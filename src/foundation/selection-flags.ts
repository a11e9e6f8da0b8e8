import type { Selection } from '../archive/plan.ts';

/** A selection as the flags that state it, for a shell: `--org acme --app 'dev/my shop' --no-images`. */
export function selectionFlags(selection: Selection): string {
  const { orgs, spaces, apps, namespaces, labels, include, exclude, installation } = selection;
  const flags = [
    ...each('--org', orgs),
    ...each('--space', spaces),
    ...each('--app', apps),
    ...each('--namespace', namespaces),
    ...each('--selector', labels === undefined ? [] : [labels]),
    ...each('--include', include?.map(shortKind)),
    ...each('--exclude', exclude?.map(shortKind)),
    ...(installation === undefined ? [] : [installation ? '--installation' : '--no-installation']),
    ...(selection.images === false ? ['--no-images'] : []),
    ...droplets(selection),
  ];
  return flags.join(' ');
}

/** `--droplets current` leaves history out too unless told not to. */
function droplets({ droplets, history }: Selection): string[] {
  if (droplets === 'current') return ['--droplets current', ...(history === false ? [] : ['--history'])];
  return history === false ? ['--no-history'] : [];
}

function each(flag: string, values: readonly string[] = []): string[] {
  return values.map(value => `${flag} ${quoted(value)}`);
}

/** Kinds of the core group have nothing behind the dot. */
function shortKind(key: string): string {
  return key.endsWith('.') ? key.slice(0, -1) : key;
}

function quoted(value: string): string {
  return /^[\w./:=,@+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
