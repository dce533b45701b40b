import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { withSigner } from './signer.ts';

const SUBJECT = { commonName: 'podtide', nowMs: Date.UTC(2030, 0, 1), validityMs: 86_400_000 };
const NAMES = { dnsNames: ['metrics.ns.svc'], addresses: ['127.0.0.1'] };

test('a thread makes an authority and what it signs', async () => {
  const { authority, serving } = await withSigner(async (signer) => {
    const made = await signer.createCertificateAuthority(SUBJECT);
    return { authority: made, serving: await signer.issueServingCertificate(made, SUBJECT, NAMES) };
  });
  const root = new X509Certificate(authority.certificate);
  const leaf = new X509Certificate(serving.certificate);
  expect([root.ca, leaf.verify(root.publicKey), leaf.checkHost('metrics.ns.svc')]).toEqual([
    true,
    true,
    'metrics.ns.svc',
  ]);
});

test('what cannot be signed is an error here, and the thread makes the next one', async () => {
  const wrong = { certificate: 'no PEM', privateKey: '' };
  const isAuthority = await withSigner(async (signer) => {
    await expect(signer.issueServingCertificate(wrong, SUBJECT, NAMES)).rejects.toThrow();
    const { certificate } = await signer.createCertificateAuthority(SUBJECT);
    return new X509Certificate(certificate).ca;
  });
  expect(isAuthority).toBe(true);
});
