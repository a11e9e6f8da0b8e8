import { defineConfig } from 'vitest/config';

/** Tests against real servers (test/testbed): one file after the other, since each starts servers of its own. */
export default defineConfig({
  test: {
    include: ['test/**/*.real.test.ts'],
    fileParallelism: false,
    hookTimeout: 180_000,
    testTimeout: 180_000,
  },
});
