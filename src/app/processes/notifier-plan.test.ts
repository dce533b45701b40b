import { describe, expect, test } from 'vitest';
import type { SinkSettings } from '../../people/sink/sink-kinds.ts';
import { parseNotifierConfig } from '../config/notifier/notifier-config.ts';
import { sinkSettingsOf } from './notifier-plan.ts';

const HEAD = 'cluster: {id: lab}\nroutes: [{sinks: [it]}]\nsinks:\n  it: ';

const KINDS: readonly (readonly [yaml: string, settings: SinkSettings])[] = [
  [
    '{type: dingtalk, tokenRef: {file: /t}, secretRef: {secretName: ding, secretKey: s}, keyword: K, format: markdown, limit: {perMinute: 9}}',
    {
      kind: 'dingtalk',
      webhook: { file: '/t' },
      secret: { secretName: 'ding', secretKey: 's' },
      keyword: 'K',
      format: 'markdown',
      quota: { perMinute: 9 },
    },
  ],
  ['{type: feishu, webhookRef: {file: /w}}', { kind: 'feishu', webhook: { file: '/w' }, format: 'card' }],
  ['{type: wecom, webhookRef: {file: /w}}', { kind: 'wecom', webhook: { file: '/w' }, format: 'markdown' }],
  ['{type: slack, webhookRef: {file: /w}}', { kind: 'slack', webhook: { file: '/w' } }],
  [
    '{type: alertmanager, urls: ["http://am-0:9093"], authorizationRef: {file: /a}}',
    { kind: 'alertmanager', urls: ['http://am-0:9093'], authorization: { file: '/a' } },
  ],
  [
    '{type: webhook, urlRef: {file: /u}, secretRef: {file: /s}, allowedOrigins: ["https://in.example.com"]}',
    {
      kind: 'webhook',
      url: { file: '/u' },
      secret: { file: '/s' },
      allowedOrigins: ['https://in.example.com'],
    },
  ],
  [
    '{type: smtp, host: mail, user: u, passwordRef: {file: /p}, from: a@example.com, to: b@example.com}',
    {
      kind: 'smtp',
      host: 'mail',
      tls: 'starttls',
      user: 'u',
      password: { file: '/p' },
      from: 'a@example.com',
      to: ['b@example.com'],
    },
  ],
];

describe('sinks of the file, as they are made', () => {
  test.each(KINDS)('%s', (yaml, settings) => {
    const entry = parseNotifierConfig('/n.yaml', `${HEAD}${yaml}\n`).sinks.get('it');
    expect(entry === undefined ? undefined : sinkSettingsOf(entry)).toEqual(settings);
  });
});
