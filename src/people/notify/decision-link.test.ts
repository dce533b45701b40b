import { expect, test } from 'vitest';
import { episodeOf, noticeOf, subjectOf } from '../../../test/notify/notices.ts';
import { decisionLink, decisionLinkProblem } from './decision-link.ts';

const STEPS = [
  { atMs: 1_000, fromReplicas: 1, toReplicas: 3 },
  { atMs: 2_000, fromReplicas: 3, toReplicas: 5 },
];

const SCALING = noticeOf('scale.up.completed', { atMs: 9_000, episode: episodeOf('a1b2', { steps: STEPS }) });

test.each([
  {
    why: 'every place is filled',
    template: 'https://a.example/{cluster}/{namespace}/{hpa}/{kind}/{target}?e={episode}&at={atMs}',
    notice: SCALING,
    url: 'https://a.example/prod-1/shop/web/Deployment/web?e=a1b2&at=2000',
  },
  {
    why: 'a page of ours',
    template: 'http://127.0.0.1:8080/#/{namespace}/{hpa}',
    notice: SCALING,
    url: 'http://127.0.0.1:8080/#/shop/web',
  },
  {
    why: 'what is no scaling has its own instant',
    template: 'https://a.example/{episode}?at={atMs}',
    notice: noticeOf('metrics.lost', { atMs: 7_000 }),
    url: 'https://a.example/?at=7000',
  },
  {
    why: 'a name stays within its place',
    template: 'https://a.example/d?hpa={hpa}&x=1',
    notice: noticeOf('metrics.lost', { subject: subjectOf('a/../b?c&d#e|f>g') }),
    url: 'https://a.example/d?hpa=a%2F..%2Fb%3Fc%26d%23e%7Cf%3Eg&x=1',
  },
  {
    why: 'a name that is no part of a host',
    template: 'https://{hpa}.a.example/',
    notice: noticeOf('metrics.lost', { subject: subjectOf('a/b') }),
    url: undefined,
  },
  { why: 'nothing in particular', template: 'https://a.example/', notice: undefined, url: undefined },
  {
    why: 'no HPA',
    template: 'https://a.example/',
    notice: noticeOf('watcher.gap', { subject: undefined }),
    url: undefined,
  },
])('$why', ({ template, notice, url }) => {
  expect([decisionLinkProblem(template), decisionLink(template, 'prod-1')(notice)]).toEqual([undefined, url]);
});

const RULE =
  'must be an address of http or https without a password, such as https://grafana.example.com/d/hpa?var-hpa={hpa}';

test.each([
  [
    'https://a.example/{pod}',
    '{pod} stands for nothing; there are {cluster}, {namespace}, {hpa}, {kind}, {target}, {episode}, {atMs}',
  ],
  ['a.example/{hpa}', RULE],
  ['javascript:alert(1)', RULE],
  ['https://me:secret@a.example/', RULE],
  [
    'https://a.example/{hpa',
    'has a brace without its partner; there are {cluster}, {namespace}, {hpa}, {kind}, {target}, {episode}, {atMs}',
  ],
])('refused: %s', (template, problem) => {
  expect(decisionLinkProblem(template)).toBe(problem);
});
