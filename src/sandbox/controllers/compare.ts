/** Whether a live value has all that is desired; what the server or others added does not count. Lists count whole. */
export function includes(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(live) || live.length !== desired.length) return false;
    return desired.every((item, index) => includes(live[index], item));
  }
  if (typeof desired !== 'object' || desired === null) return live === desired;
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return false;
  return Object.entries(desired).every(([key, value]) =>
    value === null || value === undefined
      ? !(key in live) || (live as Record<string, unknown>)[key] === value
      : includes((live as Record<string, unknown>)[key], value),
  );
}
