import { describe, expect, test } from 'vitest';
import { type ProxySettings, proxyChoice } from './proxy-settings.ts';

const BOTH: ProxySettings = { httpProxy: 'plain.corp:3128', httpsProxy: 'http://user:pass@secure.corp:3129' };

describe('the choice of a proxy', () => {
  const rows: readonly { why: string; settings: ProxySettings; url: string; proxy: string | undefined }[] = [
    {
      why: 'https through HTTPS_PROXY',
      settings: BOTH,
      url: 'https://api.example.com:6443/x',
      proxy: 'http://user:pass@secure.corp:3129/',
    },
    {
      why: 'http through HTTP_PROXY, whose scheme may be missing',
      settings: BOTH,
      url: 'http://example.com/',
      proxy: 'http://plain.corp:3128/',
    },
    {
      why: 'one does not stand in for the other',
      settings: { httpProxy: 'p:1' },
      url: 'https://example.com',
      proxy: undefined,
    },
    { why: 'loopback is never behind a proxy', settings: BOTH, url: 'https://127.0.0.1:6443', proxy: undefined },
    { why: 'nor is localhost', settings: BOTH, url: 'http://localhost:8080', proxy: undefined },
    { why: 'nor its IPv6 form', settings: BOTH, url: 'https://[::1]:6443', proxy: undefined },
    {
      why: 'a name and its subdomains',
      settings: { ...BOTH, noProxy: 'a, example.com' },
      url: 'https://api.example.com',
      proxy: undefined,
    },
    {
      why: 'but not a name that ends alike',
      settings: { ...BOTH, noProxy: 'example.com' },
      url: 'http://badexample.com',
      proxy: 'http://plain.corp:3128/',
    },
    {
      why: 'a leading dot means subdomains only',
      settings: { ...BOTH, noProxy: '.example.com' },
      url: 'http://example.com',
      proxy: 'http://plain.corp:3128/',
    },
    {
      why: 'a leading dot covers them',
      settings: { ...BOTH, noProxy: '.svc' },
      url: 'https://kubernetes.default.svc',
      proxy: undefined,
    },
    {
      why: 'a leading star is a leading dot',
      settings: { ...BOTH, noProxy: '*.example.com' },
      url: 'http://a.b.example.com',
      proxy: undefined,
    },
    {
      why: 'upper case is the same',
      settings: { ...BOTH, noProxy: 'EXAMPLE.com' },
      url: 'http://Example.COM.',
      proxy: undefined,
    },
    { why: 'a network', settings: { ...BOTH, noProxy: '10.96.0.0/12' }, url: 'https://10.97.0.1', proxy: undefined },
    {
      why: 'outside the network',
      settings: { ...BOTH, noProxy: '10.96.0.0/12' },
      url: 'http://10.112.0.1',
      proxy: 'http://plain.corp:3128/',
    },
    { why: 'an IPv6 network', settings: { ...BOTH, noProxy: 'fd00::/8' }, url: 'https://[fd12::1]', proxy: undefined },
    {
      why: 'a network says nothing about names',
      settings: { ...BOTH, noProxy: '0.0.0.0/0' },
      url: 'http://ten.example',
      proxy: 'http://plain.corp:3128/',
    },
    { why: 'an address', settings: { ...BOTH, noProxy: '192.0.2.7' }, url: 'https://192.0.2.7:6443', proxy: undefined },
    {
      why: 'a suffix judges the text of addresses too, as in Go',
      settings: { ...BOTH, noProxy: '2.7' },
      url: 'http://192.0.2.7',
      proxy: undefined,
    },
    {
      why: 'a port that is meant',
      settings: { ...BOTH, noProxy: 'example.com:8080' },
      url: 'http://example.com:8080',
      proxy: undefined,
    },
    {
      why: 'a port that is not',
      settings: { ...BOTH, noProxy: 'example.com:8080' },
      url: 'http://example.com',
      proxy: 'http://plain.corp:3128/',
    },
    {
      why: 'the scheme’s own port',
      settings: { ...BOTH, noProxy: 'example.com:443' },
      url: 'https://example.com',
      proxy: undefined,
    },
    {
      why: 'an IPv6 address with a port',
      settings: { ...BOTH, noProxy: '[2001:db8::1]:6443' },
      url: 'https://[2001:db8::1]:6443',
      proxy: undefined,
    },
    { why: 'everything', settings: { ...BOTH, noProxy: '*' }, url: 'https://example.com', proxy: undefined },
  ];
  for (const row of rows)
    test(row.why, () => expect(proxyChoice(row.settings)(new URL(row.url))?.href).toBe(row.proxy));

  test('a proxy that is no URL is refused without showing its password', () => {
    expect(() => proxyChoice({ httpsProxy: 'socks5://u:secret@p:1' })).toThrow(
      'HTTPS_PROXY: "socks5://…@p:1" is no http or https URL',
    );
  });
});
