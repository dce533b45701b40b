import { defineConfig } from 'vitest/config';

/** Tests with real components: `npm run components` installs what they need. They share two cores, so one at a time. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
