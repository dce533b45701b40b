import { expect, test } from 'vitest';
import { explainTopNotice, type TopNotice } from './top-notices.ts';

const ROWS: {
  readonly [Code in TopNotice['code']]: readonly [Extract<TopNotice, { readonly code: Code }>, ...string[]];
} = {
  NoApi: [{ code: 'NoApi', nodeCount: 3 }, '3'],
  ApiUnavailable: [{ code: 'ApiUnavailable', message: 'no endpoints', nodeCount: 3 }, 'no endpoints', '3'],
  Waiting: [{ code: 'Waiting', nodeCount: 3, waitMsMax: 35_000 }, '3', '35'],
  NodeFailed: [
    { code: 'NodeFailed', node: 'n1', problem: { code: 'ProxyUnreached', detail: 'connection refused' } },
    'n1',
    'connection refused',
    '\n',
  ],
  PodsUnsampled: [{ code: 'PodsUnsampled', podCount: 2, first: 'shop/web-0' }, '2', 'shop/web-0', '--trace'],
  NoPods: [{ code: 'NoPods', namespace: 'shop' }, 'shop'],
};

const rows = Object.values(ROWS).map(([notice, ...facts]) => ({
  code: notice.code,
  notice: notice as TopNotice,
  facts,
}));

test.each(rows)('$code says all that is known in both languages', ({ notice, facts }) => {
  const [en, zh] = [explainTopNotice(notice, 'en'), explainTopNotice(notice, 'zh-CN')];
  for (const fact of facts) for (const text of [en, zh]) expect(text).toContain(fact);
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).not.toMatch(/\p{Script=Han}|undefined/u);
});

test('one is one, and no namespace is all of them', () => {
  expect(explainTopNotice({ code: 'NoApi', nodeCount: 1 }, 'en')).toContain('asking 1 kubelet through');
  expect(explainTopNotice({ code: 'PodsUnsampled', podCount: 1, first: 'shop/web-0' }, 'en')).toMatch(
    /^1 running pod has no usage, shop\/web-0;/,
  );
  expect(explainTopNotice({ code: 'NoPods', namespace: null }, 'en')).toBe('no such pods in any namespace');
});
