import type { Phase } from './events.ts';

/** How people read the phases: one word each. */
export const PHASE_LABELS: Record<Phase, string> = {
  connect: 'connect',
  list: 'list',
  resolve: 'plan',
  preflight: 'check',
  write: 'write',
  read: 'read',
  images: 'images',
  resources: 'resources',
  verify: 'verify',
  finish: 'finish',
};

/** The phases that a command goes through, so that a view can show what is still to come. */
export const ROUTES = {
  export: ['connect', 'list', 'resolve', 'write', 'finish'],
  /** Of an export that is gone on with. */
  resumed: ['connect', 'read', 'list', 'write', 'finish'],
  /** Of a restore, before it is confirmed and after. */
  check: ['connect', 'read', 'preflight'],
  /** Of an archive in parts, between the two. */
  parts: ['verify'],
  restore: ['images', 'resources', 'finish'],
  verify: ['verify', 'finish'],
  diff: ['connect', 'read', 'list', 'resolve', 'finish'],
  /** Of split and join. */
  copy: ['write', 'finish'],
  repair: ['verify', 'write', 'finish'],
  undo: ['connect', 'read', 'resources', 'images', 'finish'],
} as const satisfies Record<string, readonly Phase[]>;
