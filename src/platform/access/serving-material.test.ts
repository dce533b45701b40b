import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority, issueServingCertificate } from '../http/certificates.ts';
import { bundleOf, nextStep, type ServingMaterial, splitBundle, takeStep } from './serving-material.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2030, 0, 1);
const SIGNER = { createCertificateAuthority, issueServingCertificate };
const NAMES = { dnsNames: ['metrics.ns.svc'], addresses: ['127.0.0.1'] };

function context(day: number, isNewestPublished = true) {
  return { names: NAMES, nowMs: START_MS + day * DAY_MS, isNewestPublished };
}

/** All steps that are due on that day, by name. */
async function live(material: ServingMaterial | undefined, day: number, isPublished = true) {
  const steps: string[] = [];
  let held = material;
  for (;;) {
    const step = nextStep(held, context(day, isPublished));
    if (step.kind === 'wait') break;
    steps.push(step.kind);
    held = await takeStep(step, held, context(day, isPublished), SIGNER);
  }
  return { steps, material: held as ServingMaterial };
}

describe('serving material', () => {
  test('three years day by day: successors come in time, and no client ever meets an authority that it has not known for a day', async () => {
    let material: ServingMaterial | undefined;
    const told: string[] = [];
    const knownSince = new Map<string, number>();
    for (let day = 0; day <= 3 * 365; day++) {
      const lived = await live(material, day);
      material = lived.material;
      if (lived.steps.length > 0) told.push(`${day}: ${lived.steps.join(' ')}`);
      const bundle = splitBundle(bundleOf(material));
      for (const text of bundle) if (!knownSince.has(text)) knownSince.set(text, day);
      const leaf = new X509Certificate(material.leaf.certificate);
      const signer = bundle.find((text) => leaf.verify(new X509Certificate(text).publicKey));
      const since = knownSince.get(signer ?? '') ?? Number.NaN;
      const isGood = leaf.validToDate.getTime() > START_MS + day * DAY_MS && bundle.length <= 2;
      if (!isGood || !(since === 0 || day - since >= 1)) told.push(`${day}: broken`);
    }
    expect(told).toEqual([
      '0: start',
      '120: issueLeaf',
      '240: issueLeaf',
      '360: issueLeaf',
      '480: issueLeaf',
      '487: addAuthority',
      '488: issueLeaf',
      '489: retireAuthorities',
      '608: issueLeaf',
      '728: issueLeaf',
      '848: issueLeaf',
      '968: issueLeaf',
      '974: addAuthority',
      '975: issueLeaf',
      '976: retireAuthorities',
      '1095: issueLeaf',
    ]);
  });

  test('a new authority that nobody has been told of does not sign before the old certificate is about to end', async () => {
    const { material: first } = await live(undefined, 0);
    const { material: second } = await live(first, 480);
    const waiting = await live(second, 487, false);
    expect(waiting.steps).toEqual(['addAuthority']);
    expect((await live(waiting.material, 600, false)).steps).toEqual([]);
    expect((await live(waiting.material, 660, false)).steps).toEqual(['issueLeaf']);
  });

  const rows: readonly (readonly [why: string, change: (good: ServingMaterial) => ServingMaterial, step: string])[] = [
    ['nothing to do', (good) => good, 'wait'],
    ['a broken authority', (good) => ({ ...good, authorities: ['-----'] }), 'start'],
    ['no authority', (good) => ({ ...good, authorities: [] }), 'start'],
    ['another’s key', (good) => ({ ...good, authorityKey: good.leaf.privateKey }), 'start'],
    ['no key at all', (good) => ({ ...good, leaf: { ...good.leaf, privateKey: '' } }), 'start'],
    ['a broken certificate', (good) => ({ ...good, leaf: { ...good.leaf, certificate: 'x' } }), 'start'],
  ];
  test.each(rows)('%s', async (_why, change, step) => {
    const { material } = await live(undefined, 0);
    expect(nextStep(change(material), context(1)).kind).toBe(step);
  });

  test('another name needs another certificate, of the same authority; an old one that has ended needs all new', async () => {
    const { material } = await live(undefined, 0);
    const renamed = { ...context(1), names: { ...NAMES, dnsNames: ['other.ns.svc'] } };
    expect(nextStep(material, renamed).kind).toBe('issueLeaf');
    const other = await takeStep({ kind: 'issueLeaf' }, material, renamed, SIGNER);
    expect([other.authorities, new X509Certificate(other.leaf.certificate).subjectAltName]).toEqual([
      material.authorities,
      'DNS:other.ns.svc, IP Address:127.0.0.1',
    ]);
    expect(nextStep(material, context(731)).kind).toBe('start');
  });
});
