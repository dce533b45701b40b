import { expect, test } from 'vitest';
import { boundPort, openLoopbackNetwork } from './loopback-network.ts';

test('two labs have addresses of their own, and what is given back can be had again', async () => {
  const first = await openLoopbackNetwork();
  const second = await openLoopbackNetwork();
  const prefixes = [first, second].flatMap((network) => [network.serviceAddressPrefix, network.podAddressPrefix]);
  expect(new Set(prefixes).size).toBe(4);
  await first.close();
  const third = await openLoopbackNetwork();
  await Promise.all([second.close(), third.close()]);
  expect(Number(third.serviceAddressPrefix.split('.')[1])).toBeLessThanOrEqual(
    Number(first.serviceAddressPrefix.split('.')[1]),
  );
});

test.each([
  ['a low port that the user may have', 0, 80, 80],
  ['one that he may not', 8_000, 80, 8_080],
  ['another one', 8_000, 443, 8_443],
  ['a high port is anybody’s', 8_000, 8_080, 8_080],
])('%s', (_why, lowPortShift, port, expected) => {
  expect(boundPort({ lowPortShift }, port)).toBe(expected);
});
