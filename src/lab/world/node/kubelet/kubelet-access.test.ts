import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import type { KubeClient } from '../../../../platform/kube/client.ts';
import { KubeletAccess } from './kubelet-access.ts';

const { signal } = new AbortController();
const ALICE = { name: 'alice', groups: ['system:authenticated'], extra: {} };

/** An access whose API server knows the token `alice` and grants one subresource; every review that it is sent is kept. */
function startAccess(granted: string) {
  const clock = new VirtualClock({ startAtMs: 0 });
  const asked: unknown[] = [];
  const create = async (_type: unknown, review: { readonly kind: string; readonly spec: Record<string, unknown> }) => {
    asked.push(review.spec);
    if (review.kind === 'TokenReview') {
      const isKnown = review.spec['token'] === 'alice';
      return {
        status: isKnown ? { authenticated: true, user: { username: 'alice' } } : { user: {}, error: '[invalid]' },
      };
    }
    const attributes = review.spec['resourceAttributes'] as { readonly subresource: string };
    return { status: { allowed: attributes.subresource === granted } };
  };
  const client = { create } as unknown as KubeClient;
  return { clock, asked, access: new KubeletAccess({ ioClock: clock, client: () => client }) };
}

test('a token is reviewed once in two minutes, and one of nobody each time', async () => {
  const { access, asked, clock } = startAccess('metrics');
  expect(await access.userOf('alice', signal)).toEqual(ALICE);
  expect(await access.userOf('alice', signal)).toEqual(ALICE);
  expect([await access.userOf('x', signal), await access.userOf('x', signal)]).toEqual([undefined, undefined]);
  expect(asked).toEqual([{ token: 'alice' }, { token: 'x' }, { token: 'x' }]);
  clock.advanceBy(120_000);
  await access.userOf('alice', signal);
  expect(asked).toHaveLength(4);
});

test('a right is asked for of the node’s subresource, and remembered: 5 min when given, 30 s when not', async () => {
  const { access, asked, clock } = startAccess('proxy');
  const wish = { node: 'node-1', verb: 'get', subresources: ['pods', 'proxy'] };
  expect(await access.isAllowed(ALICE, wish, signal)).toBe(true);
  const attributes = { verb: 'get', version: 'v1', resource: 'nodes', name: 'node-1' };
  expect(asked).toEqual(
    ['pods', 'proxy'].map((subresource) => ({
      user: 'alice',
      groups: ['system:authenticated'],
      resourceAttributes: { ...attributes, subresource },
    })),
  );
  clock.advanceBy(29_999);
  await access.isAllowed(ALICE, wish, signal);
  expect(asked).toHaveLength(2);
  clock.advanceBy(1);
  await access.isAllowed(ALICE, wish, signal);
  expect(asked).toHaveLength(3);
  clock.advanceBy(270_000);
  await access.isAllowed(ALICE, { ...wish, subresources: ['proxy'] }, signal);
  expect(asked).toHaveLength(4);
});
