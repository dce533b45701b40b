import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A test that hangs must end; how fast it is on a busy machine is no question of right or wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // No module has state, so that no file of tests can leave anything to the next; half of the time went into beginning anew.
    isolate: false,
    setupFiles: ['test/property-seed.ts'],
    include: [
      'src/**/*.test.ts',
      'test/*.test.ts',
      'test/conformance/**/*.test.ts',
      'test/whole/**/*.test.ts',
      'test/sinks/**/*.test.ts',
    ],
    coverage: { provider: 'v8', include: ['src/core/engine/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
});
