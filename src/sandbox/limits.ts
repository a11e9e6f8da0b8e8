/** Kinds listed side by side at the start of a pass. */
export const LISTS_IN_FLIGHT = 8;
/** Objects that one rule reconciles side by side. */
export const RECONCILES_IN_FLIGHT = 8;
/** Milliseconds between passes when nothing tells of changes: polling a server over HTTP. */
export const POLL_MS = 200;
/** Milliseconds after which all rules run again at the latest, although nothing seems to have changed. */
export const REPOLL_MS = 1000;
/** Milliseconds that a foundation may take until its controllers have nothing to do: loaded machines are slow. */
export const SETTLE_MS = 120_000;
/** Milliseconds that changes are gathered before a pass. */
export const GATHER_MS = 2;
/** What a layer may inflate to that the sandbox reads itself (a package's source, a bundle's files), bytes. */
export const IMAGE_LAYER_BYTES = 256 * 1024 * 1024;
/** Apps that a landscape pushes side by side. */
export const PUSHES_IN_FLIGHT = 16;
