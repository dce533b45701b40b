import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { REAL_PODS_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { openLabMachine } from './lab-machine.ts';

test('the node of a lab is this machine, with room for no more pods than may be processes', async () => {
  const machine = await openLabMachine({ ioClock: createSystemClock(), log: SILENT_LOG });
  const { nodeSize, serviceAddressPrefix, accountingKind, noCgroupReason } = machine;
  await machine.close();
  expect(nodeSize).toEqual({
    cpu: String(availableParallelism()),
    memory: expect.stringMatching(/^\d+Mi$/),
    podCountMax: REAL_PODS_COUNT_MAX,
  });
  expect(serviceAddressPrefix).toMatch(/^127\.\d+$/);
  expect(noCgroupReason === null).toBe(accountingKind !== '/proc');
});
