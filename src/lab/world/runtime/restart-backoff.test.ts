import { expect, test } from 'vitest';
import { CONTAINER_RESTART_BACKOFF_MS_MAX } from '../../../base/limits.ts';
import { restartBackoffMs } from './restart-backoff.ts';

test('the first restart is at once, each later one after twice as long, never beyond five minutes', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000].map(restartBackoffMs)).toEqual([
    0,
    10_000,
    20_000,
    40_000,
    80_000,
    160_000,
    CONTAINER_RESTART_BACKOFF_MS_MAX,
    CONTAINER_RESTART_BACKOFF_MS_MAX,
    CONTAINER_RESTART_BACKOFF_MS_MAX,
  ]);
});
