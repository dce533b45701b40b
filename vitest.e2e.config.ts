import { defineConfig } from 'vitest/config';

/** What measures, loads both cores, or holds another to seconds: one file at a time, with the machine to itself. */
const ALONE = [
  'test/e2e/differential/**/*.test.ts',
  'test/e2e/dashboard.test.ts',
  'test/e2e/lab.test.ts',
  'test/e2e/package.test.ts',
  'test/e2e/simulation.test.ts',
  'test/e2e/tutorials/walkthrough.test.ts',
  'test/e2e/walkthrough.test.ts',
];

/** What waits most of the time, but for no longer than it says: with nothing beside it but its like. */
const TIMED = ['test/e2e/failover/**/*.test.ts'];

const PATIENCE = { testTimeout: 600_000, hookTimeout: 600_000 };

/** Tests with real components: `npm run components` installs what they need. Those that mostly wait run three at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'timed',
          include: TIMED,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'side by side',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...ALONE, ...TIMED],
          maxWorkers: 3,
          sequence: { groupOrder: 3 },
          ...PATIENCE,
        },
      },
    ],
  },
});
