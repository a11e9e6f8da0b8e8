import { decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { KINDS } from '../kinds.ts';

/** What builders and runners are there: made by the installation, filled in by the controllers. */
export const infos: readonly Rule[] = [KINDS.BuilderInfo, KINDS.RunnerInfo].map(kind => ({
  name: kind.kind,
  kind,
  async reconcile(info, world) {
    const known =
      kind === KINDS.BuilderInfo
        ? {
            stacks: [{ name: 'io.buildpacks.stacks.jammy' }],
            buildpacks: [{ name: 'paketo-buildpacks/procfile' }],
          }
        : { capabilities: { rollingDeploy: true } };
    await world.status(kind, info, {
      ...known,
      observedGeneration: info.metadata.generation,
      conditions: decide(info, [{ type: 'Ready', status: 'True', reason: 'Ready' }]),
    });
  },
}));
