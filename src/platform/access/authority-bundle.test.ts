import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { authorityOf, clientOf, DAY_MS } from '../../../test/fixtures/client-certificates.ts';
import { AuthorityBundle } from './authority-bundle.ts';

const NOW_MS = Date.UTC(2030, 0, 1);

test('a certificate is of an authority by its signature, whatever names and key identifiers say', async () => {
  const [one, other] = await Promise.all([authorityOf('ca', NOW_MS), authorityOf('ca', NOW_MS)]);
  const bundle = AuthorityBundle.read(one.certificate, 'one');
  const good = new X509Certificate((await clientOf(one, 'x', NOW_MS)).certificate);
  const forger = { certificate: one.certificate, privateKey: other.privateKey };
  const forged = new X509Certificate((await clientOf(forger, 'x', NOW_MS)).certificate);
  expect(forged.checkIssued(new X509Certificate(one.certificate))).toBe(true);
  const problems = [
    bundle.problemOf(good, NOW_MS),
    bundle.problemOf(forged, NOW_MS),
    bundle.problemOf(good, NOW_MS + DAY_MS + 1),
  ];
  expect(problems).toEqual([undefined, 'is not signed by the authority', 'has expired']);
});

test('a bundle that cannot be read names where it is from', () => {
  expect(() => AuthorityBundle.read('nothing', '--client-ca-file ca.crt')).toThrow(
    '--client-ca-file ca.crt: holds no certificate in PEM form',
  );
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  expect(() => AuthorityBundle.read(broken, 'ca.crt')).toThrow('ca.crt: certificate 1 cannot be read: ');
});
