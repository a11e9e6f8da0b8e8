import { describe, expect, it } from 'vitest';
import type { Ground } from './apiserver-ground.ts';
import { DEFINITIONS, definition, GLOBALS, GROUP, object, WIDGETS } from './contract-kinds.ts';

/** How kinds come to be. */
export function definitions(on: Ground): void {
  const { fresh } = on;

  describe('definitions', () => {
    it('must be named after what they define', async () => {
      const bad = definition({ ...WIDGETS, plural: 'bads', kind: 'Bad' }, ['v1'], {});
      const sent = { ...bad, metadata: { name: `other.${GROUP}` } };
      await expect(on.cluster.create(DEFINITIONS, sent)).rejects.toMatchObject({ status: 422 });
    });

    it('say which names were accepted and which versions are stored', async () => {
      const found = await on.cluster.get(DEFINITIONS, undefined, `widgets.${GROUP}`);
      expect(found?.status).toMatchObject({
        acceptedNames: { plural: 'widgets', kind: 'Widget', listKind: 'WidgetList', singular: 'widget' },
        storedVersions: ['v1'],
      });
    });

    it('may keep their objects out of namespaces', async () => {
      const id = fresh('global');
      const made = await on.cluster.create(GLOBALS, object(GLOBALS, { name: id }));
      expect(made.metadata.namespace).toBeUndefined();
      expect(await on.cluster.get(GLOBALS, undefined, id)).toMatchObject({ metadata: { name: id } });
    });
  });
}
