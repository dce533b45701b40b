import { describe, expect, test } from 'vitest';
import { DEFAULT_FRONT_PROXY_HEADERS } from './access-trust.ts';
import { userOfHeaders, withoutIdentityHeaders } from './request-headers.ts';

const RULES = {
  ...DEFAULT_FRONT_PROXY_HEADERS,
  usernameHeaders: ['X-User', 'X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
};

describe('the user of a front proxy’s headers', () => {
  const rows: readonly (readonly [why: string, raw: readonly string[], user: unknown])[] = [
    ['nobody', ['Accept', '*/*'], undefined],
    ['an empty name is none', ['X-Remote-User', ''], undefined],
    [
      'the first name that is not empty',
      ['X-User', '', 'X-Remote-User', 'jane'],
      { name: 'jane', groups: [], extra: {} },
    ],
    [
      'each header one group, empty ones none',
      ['x-remote-user', 'jane', 'X-Remote-Group', 'a,b', 'X-REMOTE-GROUP', '', 'x-remote-group', 'c'],
      { name: 'jane', groups: ['a,b', 'c'], extra: {} },
    ],
    [
      'keys of extras are decoded, in lower case, and may be broken or named like a property of every object',
      [
        'X-User',
        'j',
        'X-Remote-Extra-Acme.com%2FTeam',
        'x',
        'x-remote-extra-acme.com%2fteam',
        'y',
        'X-Remote-Extra-%',
        'z',
        'X-Remote-Extra-__proto__',
        'p',
      ],
      {
        name: 'j',
        groups: [],
        extra: Object.fromEntries([
          ['acme.com/team', ['x', 'y']],
          ['%', ['z']],
          ['__proto__', ['p']],
        ]),
      },
    ],
    [
      'a uid where one is asked for',
      ['X-User', 'j', 'X-Remote-Uid', '42'],
      { name: 'j', uid: '42', groups: [], extra: {} },
    ],
    ['bytes are UTF-8', ['X-User', Buffer.from('张三').toString('latin1')], { name: '张三', groups: [], extra: {} }],
  ];
  test.each(rows)('%s', (_why, raw, user) => expect(userOfHeaders(raw, RULES)).toEqual(user));
});

test('a handler sees no header by which identities travel, whatever it is called', () => {
  const raw = [
    ...['Authorization', 'Bearer x', 'X-Remote-User', 'a', 'x_remote_group', 'b', 'X-Remote-Extra-A', 'c'],
    ...['X-User', 'd', 'X-Remote-Anything', 'e', 'Accept', 'a/b', 'Accept', 'c/d', 'X-Request-Id', '1'],
  ];
  const seen = withoutIdentityHeaders(raw, RULES);
  expect([...seen.keys()].map((name) => [name, seen.get(name)])).toEqual([
    ['accept', 'a/b, c/d'],
    ['x-request-id', '1'],
  ]);
  expect([seen.get('ACCEPT'), seen.get('x-user')]).toEqual(['a/b, c/d', null]);
  expect(withoutIdentityHeaders(raw, null).get('x-user')).toBe('d');
});
