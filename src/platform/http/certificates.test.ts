import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority, issueClientCertificate, issueServingCertificate } from './certificates.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2030, 0, 1);

describe('certificates', () => {
  test('an authority signs a serving certificate for names and addresses', async () => {
    const authority = await createCertificateAuthority({
      commonName: 'podtide-ca',
      nowMs: NOW_MS,
      validityMs: 10 * DAY_MS,
    });
    const serving = await issueServingCertificate(
      authority,
      { commonName: 'apiserver', nowMs: NOW_MS, validityMs: DAY_MS },
      { dnsNames: ['localhost', 'kubernetes.default.svc'], addresses: ['127.0.0.1', '::1'] },
    );
    const root = new X509Certificate(authority.certificate);
    const leaf = new X509Certificate(serving.certificate);
    expect({
      isSigned: leaf.verify(root.publicKey) && leaf.checkIssued(root),
      isRootAuthority: root.ca,
      isLeafAuthority: leaf.ca,
      subject: leaf.subject,
      issuer: leaf.issuer,
      names: leaf.subjectAltName,
      usage: leaf.keyUsage,
      from: leaf.validFrom,
      to: leaf.validTo,
      hasKey: leaf.checkPrivateKey((await import('node:crypto')).createPrivateKey(serving.privateKey)),
    }).toEqual({
      isSigned: true,
      isRootAuthority: true,
      isLeafAuthority: false,
      subject: 'CN=apiserver',
      issuer: 'CN=podtide-ca',
      names: 'DNS:localhost, DNS:kubernetes.default.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      usage: ['1.3.6.1.5.5.7.3.1'],
      from: 'Dec 31 23:00:00 2029 GMT',
      to: 'Jan  2 00:00:00 2030 GMT',
      hasKey: true,
    });
  });

  test('a client certificate names the user and its groups', async () => {
    const authority = await createCertificateAuthority({ commonName: 'ca', nowMs: NOW_MS, validityMs: DAY_MS });
    const client = await issueClientCertificate(authority, {
      commonName: 'system:node:a, b',
      organizations: ['system:nodes', 'system:masters'],
      nowMs: NOW_MS,
      validityMs: DAY_MS,
    });
    const leaf = new X509Certificate(client.certificate);
    expect([leaf.subject, leaf.keyUsage]).toEqual([
      'CN=system:node:a\\, b\nO=system:nodes\nO=system:masters',
      ['1.3.6.1.5.5.7.3.2'],
    ]);
  });
});
