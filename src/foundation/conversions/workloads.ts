import type { KubeObject } from '../../base/object.ts';
import { korifi } from '../kinds/common.ts';
import type { Conversion } from './conversion.ts';

const STATES: Readonly<Record<string, string>> = { True: 'STAGED', False: 'FAILED' };

/** Builds from 0.8 to the form of 0.16. */
export const WORKLOAD_CONVERSIONS: readonly Conversion[] = [
  {
    name: 'build state',
    since: [0, 16, 0],
    of: korifi('CFBuild'),
    because: 'the app runs, but its droplet is missing from every list for ever',
    convert: stateOf,
  },
];

/** The state is what the condition Succeeded says; the label by which droplets are listed is made from it. */
function stateOf({ status }: KubeObject): void {
  const conditions: { type?: string; status?: string }[] = status?.conditions ?? [];
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  const state = STATES[succeeded?.status ?? ''];
  if (state !== undefined) status.state ??= state;
}
