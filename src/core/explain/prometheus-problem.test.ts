import { describe, expect, test } from 'vitest';
import { explainPrometheusProblem, type PrometheusProblem } from './prometheus-problem.ts';

/** One of each code. */
const PROBLEMS: { readonly [Code in PrometheusProblem['code']]: Extract<PrometheusProblem, { readonly code: Code }> } =
  {
    NameUnknown: { code: 'NameUnknown', host: 'prom.test' },
    Refused: { code: 'Refused', address: '10.0.0.1:9090' },
    Unreachable: { code: 'Unreachable', address: '10.0.0.1:9090' },
    CertificateNames: { code: 'CertificateNames', address: '10.0.0.1:9090', names: 'prom.test' },
    UnknownAuthority: { code: 'UnknownAuthority', address: '10.0.0.1:9090' },
    CertificateExpired: { code: 'CertificateExpired', address: '10.0.0.1:9090' },
    Broken: { code: 'Broken', address: '10.0.0.1:9090', detail: 'unexpected EOF' },
    TimedOut: { code: 'TimedOut', afterMs: 10_000 },
    QueueFull: { code: 'QueueFull', waitingCountMax: 1_000 },
    NoCredential: { code: 'NoCredential', detail: '/token: no such file' },
    Unauthorized: { code: 'Unauthorized' },
    Forbidden: { code: 'Forbidden', answer: 'no org id' },
    PathNotFound: { code: 'PathNotFound', path: '/prom/api/v1/query' },
    Redirected: { code: 'Redirected', status: 302, location: 'https://login.test/' },
    TooManyRequests: { code: 'TooManyRequests', answer: 'rate limit' },
    HttpStatus: { code: 'HttpStatus', status: 502, answer: 'Bad Gateway' },
    NotPrometheus: { code: 'NotPrometheus', contentType: 'text/html', answer: 'Log in' },
    Malformed: { code: 'Malformed', detail: 'data is missing' },
    BadQuery: { code: 'BadQuery', detail: '1:5: parse error: unexpected end of input' },
    NotExecuted: { code: 'NotExecuted', detail: 'found duplicate series' },
    GaveUp: { code: 'GaveUp', detail: 'query timed out in expression evaluation' },
    ServerError: { code: 'ServerError', errorType: 'internal', detail: 'compaction' },
    AnswerTooLarge: { code: 'AnswerTooLarge', bytesMax: 17 },
    TooManySeries: { code: 'TooManySeries', countMax: 18 },
    TooManyLabelSets: { code: 'TooManyLabelSets', countMax: 19 },
    NativeHistogram: { code: 'NativeHistogram', series: 'latency{job="web"}' },
  };

describe('explainPrometheusProblem', () => {
  test.each(Object.values(PROBLEMS))('says all that is known of $code in both languages, and what to do', (problem) => {
    const [en, zh] = [explainPrometheusProblem(problem, 'en'), explainPrometheusProblem(problem, 'zh-CN')];
    const { code, ...known } = problem;
    const facts = Object.entries(known).map(([name, value]) => (name === 'afterMs' ? '10' : String(value)));
    for (const { text, remedy } of [en, zh]) {
      for (const fact of facts) expect(`${code}: ${text}`).toContain(fact);
      expect(`${text}${remedy}`).not.toMatch(/undefined|\[object/);
      expect(remedy).not.toBe('');
    }
    expect(zh.text).toMatch(/\p{Script=Han}/u);
    expect(en.text).not.toMatch(/\p{Script=Han}/u);
  });

  test.each([
    { problem: { code: 'Forbidden', answer: '' }, en: 'the server refused (403)', zh: '服务端拒绝访问（403）' },
    {
      problem: { code: 'Redirected', status: 302, location: '' },
      en: 'the server redirects (302) to nowhere',
      zh: '服务端重定向（302）到 未知地址',
    },
    {
      problem: { code: 'NotPrometheus', contentType: '', answer: '' },
      en: "the answer is not Prometheus' JSON but of no stated type",
      zh: '应答不是 Prometheus 的 JSON，而是 未声明的类型',
    },
    {
      problem: { code: 'CertificateNames', address: 'a', names: '' },
      en: "the server's certificate is for no name at all, not for a",
      zh: '服务端证书不含任何名称，不能用于 a',
    },
  ] as const)('what is not known leaves no gap in the sentence: $problem.code', ({ problem, en, zh }) => {
    expect(explainPrometheusProblem(problem, 'en').text).toBe(en);
    expect(explainPrometheusProblem(problem, 'zh-CN').text).toBe(zh);
  });
});
