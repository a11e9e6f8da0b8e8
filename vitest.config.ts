import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** What runs without servers of its own: `npm test`. The suites against real ones are in vitest.real.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [...configDefaults.exclude, 'test/**/*.real.test.ts'],
    // Most tests wait for programs more than they compute: with one worker less than cores, half of a machine idles.
    maxWorkers: Math.max(3, availableParallelism()),
    testTimeout: 60_000,
    disableConsoleIntercept: true,
  },
});
