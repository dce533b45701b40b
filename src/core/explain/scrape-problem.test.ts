import { describe, expect, test } from 'vitest';
import { explainScrapeProblem, type ScrapeProblem } from './scrape-problem.ts';

/** One of each code. */
const PROBLEMS: { readonly [Code in ScrapeProblem['code']]: Extract<ScrapeProblem, { readonly code: Code }> } = {
  NoAddress: { code: 'NoAddress', wantedTypes: ['InternalIP'], presentTypes: [] },
  NameUnknown: { code: 'NameUnknown', host: 'node-1' },
  Refused: { code: 'Refused', address: '10.0.0.1:10250' },
  Unreachable: { code: 'Unreachable', address: '10.0.0.1:10250' },
  TimedOut: { code: 'TimedOut', address: '10.0.0.1:10250', afterMs: 10_000 },
  CertificateNames: { code: 'CertificateNames', address: '10.0.0.1:10250', names: 'node-1' },
  UnknownAuthority: { code: 'UnknownAuthority', address: '10.0.0.1:10250' },
  CertificateExpired: { code: 'CertificateExpired', address: '10.0.0.1:10250' },
  Unauthorized: { code: 'Unauthorized' },
  Forbidden: { code: 'Forbidden', answer: 'Forbidden (user=x)' },
  PathNotFound: { code: 'PathNotFound', path: '/metrics/resource' },
  PathRefused: { code: 'PathRefused', path: '/run', rule: 'a path begins with /metrics' },
  HttpStatus: { code: 'HttpStatus', status: 500, answer: '' },
  Garbage: { code: 'Garbage', line: 3, rule: 'labels are separated by commas' },
  TooLarge: { code: 'TooLarge', bytesMax: 16 },
  KubeletError: { code: 'KubeletError' },
  Empty: { code: 'Empty' },
  Broken: { code: 'Broken', address: '10.0.0.1:10250', detail: 'unexpected EOF' },
  ProxyDenied: { code: 'ProxyDenied', answer: 'nodes "n1" is forbidden' },
  ProxyForbidden: { code: 'ProxyForbidden', answer: 'Forbidden (user=kube-apiserver)' },
  ProxyUnauthorized: { code: 'ProxyUnauthorized' },
  ProxyCertificate: { code: 'ProxyCertificate', detail: 'x509: certificate signed by unknown authority' },
  ProxyUnreached: { code: 'ProxyUnreached', detail: 'dial tcp 10.0.0.1:10250: connect: connection refused' },
  NoCredential: { code: 'NoCredential', detail: '/ca.crt: no such file' },
  Bug: { code: 'Bug', detail: 'x has no y' },
};

describe('explainScrapeProblem', () => {
  test.each(Object.values(PROBLEMS))('says all that is known of $code in both languages, and what to do', (problem) => {
    const [en, zh] = [explainScrapeProblem(problem, 'en'), explainScrapeProblem(problem, 'zh-CN')];
    const { code, ...known } = problem;
    const facts = Object.entries(known).flatMap(([name, value]) =>
      name === 'afterMs' ? ['10'] : Array.isArray(value) ? value : [String(value)],
    );
    for (const { text, remedy } of [en, zh]) {
      for (const fact of facts) expect(`${code}: ${text}`).toContain(fact);
      expect(`${text}${remedy}`).not.toMatch(/undefined|\[object/);
      expect(remedy).not.toBe('');
    }
    expect(zh.text).toMatch(/\p{Script=Han}/u);
    expect(en.text).not.toMatch(/\p{Script=Han}/u);
  });

  test('a certificate without any name, and an empty answer, leave no gap in the sentence', () => {
    const nameless = { code: 'CertificateNames', address: 'a', names: '' } as const;
    expect(explainScrapeProblem(nameless, 'en').text).toBe(
      "the kubelet's serving certificate is for no name at all, not for a",
    );
    expect(explainScrapeProblem(nameless, 'zh-CN').text).toBe('kubelet 的服务证书不含任何名称，不能用于 a');
    expect(explainScrapeProblem({ code: 'HttpStatus', status: 500, answer: '' }, 'en').text).toBe(
      'the kubelet answered 500',
    );
  });
});
