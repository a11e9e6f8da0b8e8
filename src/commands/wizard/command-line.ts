/** What goes without saying. Flags that can be denied stand here with what they are otherwise. */
export const DEFAULTS: Readonly<Record<string, unknown>> = {
  'on-existing-tag': 'overwrite',
  droplets: 'all',
  tasks: 'none',
  'package-version': 'keep',
  images: true,
  start: true,
  attached: true,
};
/** Flags of which no is an answer too. */
const DENIABLE = new Set(['images', 'start', 'attached', 'installation', 'history']);
/** What is about the asking and telling rather than the answer. */
const UNSAID = new Set(['answers', 'save-answers', 'v']);

/** Of a run's flags, those that say something. */
export function saidFlags(flags: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(flags).filter(([name, value]) => {
      if (value === undefined || UNSAID.has(name) || value === DEFAULTS[name]) return false;
      return value !== false || DENIABLE.has(name);
    }),
  );
}
