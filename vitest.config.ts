import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['test/property-seed.ts'],
    include: ['src/**/*.test.ts', 'test/*.test.ts', 'test/conformance/**/*.test.ts', 'test/whole/**/*.test.ts'],
    coverage: { provider: 'v8', include: ['src/core/engine/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
});
