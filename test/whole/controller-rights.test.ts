import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ControllerFlags, parseControllerConfig } from '../../src/app/config/controller-config.ts';
import type { KubeObject } from '../../src/platform/kube/client.ts';
import { createDiscovery } from '../../src/platform/kube/discovery.ts';
import { createRestMapper } from '../../src/platform/kube/rest-mapper.ts';
import { ControllerWorld } from './support/controller-world.ts';

const TOKEN = 'of-the-account';

interface Manifest {
  readonly objects: readonly KubeObject[];
  readonly namespace: string;
  readonly flags: ControllerFlags;
}

/** Reads a manifest of `deploy/`: its objects, and the account and flags of its Deployment. */
function readManifest(file: string): Manifest {
  const objects = parseAllDocuments(readFileSync(`deploy/${file}`, 'utf8')).map((document) => document.toJS());
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const [command, ...args] = deployment.spec.template.spec.containers[0].args as readonly string[];
  expect(command).toBe('controller');
  const flags = args.map((arg) => {
    const [name = '', value = 'true'] = arg.replace(/^--/, '').split('=');
    return [name, value];
  });
  return { objects, namespace: deployment.metadata.namespace, flags: Object.fromEntries(flags) };
}

/** A world with the manifest applied, in which the controller has exactly the manifest's account. */
async function worldOf(manifest: Manifest): Promise<ControllerWorld> {
  const name = `system:serviceaccount:${manifest.namespace}:podtide-controller`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${manifest.namespace}`, 'system:authenticated'];
  const world = new ControllerWorld({ [TOKEN]: { name, groups } });
  await world.begin();
  const options = world.clientOptions();
  const mapper = createRestMapper({ discovery: createDiscovery(options), ioClock: world.io });
  for (const object of manifest.objects) {
    const [group = '', version] = (object.apiVersion ?? '').split('/');
    const [type] = await mapper.mappings(version === undefined ? '' : group, object.kind ?? '').catch(() => []);
    // What this server does not know, a policy of disruptions for example, gives no rights either.
    if (type !== undefined) await world.client.create(type, object);
  }
  return world;
}

describe.each(['controller.yaml', 'controller-namespaced.yaml'])('the rights of deploy/%s', (file) => {
  test('its flags are ones that the command takes', () => {
    expect(() => parseControllerConfig(readManifest(file).flags)).not.toThrow();
  });

  test('suffice to act, with a Lease and every event, and nothing is refused on the way', async () => {
    const manifest = readManifest(file);
    const world = await worldOf(manifest);
    const controller = await world.controller(
      { 'leader-elect': true, 'assume-sole-controller': false, ...manifest.flags, mode: 'control' },
      { client: world.clientOptions(TOKEN), ownNamespace: manifest.namespace },
    );
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web', {}, { selection: 'owner' });
    await world.runIo(10);
    await world.runTo(50);
    expect(await world.specReplicas('web')).toBeGreaterThanOrEqual(4);
    expect(await world.conditions('web')).toContain('ScalingActive/True/ValidMetricFound');
    expect(await world.events()).toContain(
      'Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    );
    expect(controller.isActing()).toBe(true);
    expect(world.refusals).toEqual([]);
    await world.end();
  });
});

test('the rights of an observer suffice to observe: without those objects named podtide-controller-control', async () => {
  const manifest = readManifest('controller.yaml');
  const objects = manifest.objects.filter(({ metadata }) => metadata.name !== 'podtide-controller-control');
  const world = await worldOf({ ...manifest, objects });
  const controller = await world.controller(
    { ...manifest.flags, 'assume-sole-controller': false },
    { client: world.clientOptions(TOKEN), ownNamespace: manifest.namespace },
  );
  await world.deploy('web', 1, 500);
  await world.hpa('web', 'web', {}, { selection: 'owner' });
  await world.runTo(20);
  expect(
    (await controller.feed.list({ name: 'web' })).map(({ desiredReplicas, error }) => [desiredReplicas, error]),
  ).toEqual([
    [4, null],
    [4, null],
  ]);
  expect(world.refusals).toEqual([]);
  await world.end();
});
