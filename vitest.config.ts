import { configDefaults, defineConfig } from 'vitest/config';

/** What runs without servers of its own: `npm test`. The suites against real ones are in vitest.real.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [...configDefaults.exclude, 'test/**/*.real.test.ts'],
    testTimeout: 60_000,
    disableConsoleIntercept: true,
  },
});
