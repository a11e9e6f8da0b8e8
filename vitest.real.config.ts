import { defineConfig } from 'vitest/config';
import { executableHere } from './scripts/release/platforms.ts';

/**
 * Tests against real servers (test/testbed), of the executable that a release has for this machine: one file after the
 * other, since each starts servers of its own.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.real.test.ts'],
    env: { ASA_BACKUP_PROGRAM: executableHere() },
    fileParallelism: false,
    hookTimeout: 180_000,
    testTimeout: 180_000,
  },
});
