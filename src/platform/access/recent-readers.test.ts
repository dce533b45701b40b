import { describe, expect, test } from 'vitest';
import { ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX, RECENT_READERS_COUNT_MAX } from '../../base/access-limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { RecentReaders } from './recent-readers.ts';
import { type RequestAttributes, readRequestTarget } from './request-attributes.ts';
import type { AccessUser } from './user.ts';

const READ = attributesOf('GET', '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/web-0/orders');

function attributesOf(method: string, target: string): RequestAttributes {
  const reading = readRequestTarget(method, target);
  if (reading.kind === 'ambiguous') throw new Error(reading.why);
  return reading.attributes;
}

function user(name: string, uid?: string): AccessUser {
  return { name, groups: [], extra: {}, ...(uid === undefined ? {} : { uid }) };
}

describe('who was allowed to read shortly before', () => {
  const rows: readonly (readonly [why: string, asker: AccessUser, method: string, target: string, is: boolean])[] = [
    [
      'asks for something else of the API',
      user('hpa'),
      'GET',
      '/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/services/web/load',
      true,
    ],
    [
      'asks in another namespace',
      user('hpa'),
      'GET',
      '/apis/custom.metrics.k8s.io/v1beta2/namespaces/bank/pods/web-0/orders',
      false,
    ],
    ['asks in none', user('hpa'), 'GET', '/apis/custom.metrics.k8s.io/v1beta2/nodes/n/load', false],
    ['asks another API', user('hpa'), 'GET', '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/orders', false],
    ['asks for a path', user('hpa'), 'GET', '/metrics', false],
    [
      'wants to change something',
      user('hpa'),
      'DELETE',
      '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/p/m',
      false,
    ],
    ['is another', user('jane'), 'GET', '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/p/m', false],
    [
      'was made anew by the same name',
      user('hpa', '2'),
      'GET',
      '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/p/m',
      false,
    ],
  ];
  test.each(rows)('%s', (_why, asker, method, target, isExpected) => {
    const readers = new RecentReaders(new VirtualClock());
    readers.learn(user('hpa'), READ, true);
    expect(readers.isExpected(asker, attributesOf(method, target))).toBe(isExpected);
  });

  test('is forgotten after two minutes and a half, and with the first no', () => {
    const clock = new VirtualClock();
    const readers = new RecentReaders(clock);
    const seen: boolean[] = [];
    const look = (): number => seen.push(readers.isExpected(user('hpa'), READ));
    look();
    readers.learn(user('hpa'), READ, true);
    clock.advanceBy(149_999);
    look();
    clock.advanceBy(1);
    look();
    readers.learn(user('hpa'), READ, true);
    readers.learn(user('hpa'), READ, false);
    look();
    expect(seen).toEqual([false, true, false, false]);
  });

  test('is not remembered by a name of any length', () => {
    const readers = new RecentReaders(new VirtualClock());
    const long = user('x'.repeat(ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX));
    readers.learn(long, READ, true);
    expect(readers.isExpected(long, READ)).toBe(false);
  });

  test('is one of a bounded number, of which the last yes counts', () => {
    const readers = new RecentReaders(new VirtualClock());
    readers.learn(user('first'), READ, true);
    readers.learn(user('second'), READ, true);
    readers.learn(user('first'), READ, true);
    for (let index = 2; index <= RECENT_READERS_COUNT_MAX; index += 1) readers.learn(user(`u${index}`), READ, true);
    const known = ['first', 'second', 'u2'].map((name) => readers.isExpected(user(name), READ));
    expect(known).toEqual([true, false, true]);
  });
});
