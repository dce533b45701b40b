import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseNotifierConfig } from '../../src/app/config/notifier/notifier-config.ts';
import { type NotifierFlags, parseNotifierFlags } from '../../src/app/config/notifier-flags.ts';
import { SILENCE_MAP_NAME } from '../../src/app/processes/silence-map.ts';
import { sliceNames } from '../../src/platform/store/config-map-store.ts';
import { type Manifest, readManifest } from '../fixtures/manifest-objects.ts';
import { expectRestrictedPods, expectRights, type Wish } from '../fixtures/manifests.ts';

const WHOLE = readManifest('deploy/notifier.yaml');
const HPAS_ONLY = readManifest('deploy/notifier-hpas-only.yaml');
const OWN = 'podtide-system';
const HPAS = { group: 'autoscaling', resource: 'horizontalpodautoscalers' };

function podOf({ only }: Manifest) {
  return only('Deployment').spec.template.spec;
}

function settingsOf(manifest: Manifest) {
  const [command, ...words] = podOf(manifest).containers[0].args as readonly string[];
  expect(command).toBe('notifier');
  const flags = words.map((word) => word.replace(/^--/, '').split(/=(.*)/s).slice(0, 2));
  return parseNotifierFlags(Object.fromEntries(flags) as NotifierFlags);
}

function watchingHpas(): readonly Wish[] {
  return ['get', 'list', 'watch'].map((verb) => ({ why: `${verb} HPAs`, verb, ...HPAS }));
}

const TARGETS: readonly Wish[] = [
  ...['deployments', 'statefulsets', 'replicasets'].flatMap((resource) =>
    ['list', 'watch'].map((verb) => ({ why: `${verb} ${resource}`, verb, group: 'apps', resource })),
  ),
  ...['list', 'watch'].map((verb) => ({ why: `${verb} pods`, verb, resource: 'pods' })),
  { why: 'a scale of any kind', verb: 'get', group: 'example.com', resource: 'shards', subresource: 'scale' },
];

const WRITES: readonly Wish[] = [
  { why: 'an HPA is not changed', verb: 'update', ...HPAS, namespace: 'shop' },
  { why: 'nor its status', verb: 'update', ...HPAS, subresource: 'status', namespace: 'shop' },
  { why: 'nor a Deployment', verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop' },
  {
    why: 'nor a scale',
    verb: 'update',
    group: 'apps',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'shop',
  },
  { why: 'nor a pod', verb: 'delete', resource: 'pods', namespace: 'shop' },
  { why: 'secrets come as files', verb: 'get', resource: 'secrets', namespace: OWN, name: 'podtide-notifier-ding' },
];

describe.each([
  ['deploy/notifier.yaml', WHOLE],
  ['deploy/notifier-hpas-only.yaml', HPAS_ONLY],
])('%s', (_file, manifest) => {
  test('its pods meet the restricted standard, write nothing but their volume, and are probed', () => {
    expectRestrictedPods(manifest);
  });

  test('what the program is told, what its pod opens and mounts, and what its configuration names are the same', () => {
    const pod = podOf(manifest);
    const { config, listen } = settingsOf(manifest);
    const [container] = pod.containers;
    expect(container.ports).toEqual([{ name: 'https', containerPort: listen.port }]);
    const [folder, file] = config.split(/\/([^/]+)$/);
    const mounts = new Map(
      container.volumeMounts.map((mount: { name: string; mountPath: string }) => [mount.mountPath, mount.name]),
    );
    expect(mounts.get(folder ?? '')).toBe('config');
    const text = manifest.only('ConfigMap').data[file ?? ''] ?? '';
    const { sinks } = parseNotifierConfig(config, text);
    const ding = sinks.get('ops-ding');
    expect(ding).toMatchObject({
      tokenRef: { file: '/etc/podtide/ding/token' },
      secretRef: { file: '/etc/podtide/ding/secret' },
    });
    expect(mounts.get('/etc/podtide/ding')).toBe('ding');
    expect(pod.serviceAccountName).toBe(manifest.only('ServiceAccount').metadata.name);
    // The command that makes the Secret stands above, with the name that the volume has.
    const secretName = pod.volumes.find(({ name }: { name: string }) => name === 'ding').secret.secretName;
    expect(manifest.text).toContain(`kubectl create secret generic ${secretName} `);
  });
});

describe('the rights', () => {
  test('of deploy/notifier.yaml: to look at HPAs, targets and pods, to keep what is its own, and nothing more', async () => {
    const { leaderElection, state } = settingsOf(WHOLE);
    expect([leaderElection?.namespace, leaderElection?.name, state.kind]).toEqual([
      OWN,
      'podtide-notifier',
      'configmaps',
    ]);
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: OWN };
    const map = { resource: 'configmaps', namespace: OWN };
    const slices = sliceNames('podtide-notifier-state').flatMap((name) =>
      ['get', 'update'].map((verb) => ({ why: `${verb} ${name}`, verb, ...map, name })),
    );
    await expectRights(WHOLE, {
      granted: [
        ...watchingHpas(),
        ...TARGETS,
        { why: 'its Lease', verb: 'update', ...lease, name: 'podtide-notifier' },
        { why: 'a Lease that is not there yet', verb: 'create', ...lease },
        { why: 'what it remembers', verb: 'create', ...map },
        ...slices,
        ...['list', 'watch'].map((verb) => ({ why: `${verb} silences`, verb, ...map, name: SILENCE_MAP_NAME })),
      ],
      withheld: [
        ...WRITES,
        { why: 'the Lease of another', verb: 'update', ...lease, name: 'podtide-controller' },
        { why: 'silences are people’s', verb: 'update', ...map, name: SILENCE_MAP_NAME },
        { why: 'other ConfigMaps', verb: 'get', ...map, name: 'podtide-controller-memory-00' },
      ],
    });
  });

  test('of deploy/notifier-hpas-only.yaml: those of HPAs, so that it needs neither a Lease nor ConfigMaps', async () => {
    const { leaderElection, state } = settingsOf(HPAS_ONLY);
    expect([leaderElection, state]).toEqual([null, { kind: 'file', path: '/var/lib/podtide/notifier.db' }]);
    expect(HPAS_ONLY.only('Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    await expectRights(HPAS_ONLY, {
      granted: watchingHpas(),
      withheld: [
        ...TARGETS,
        ...WRITES,
        { why: 'no Lease', verb: 'create', group: 'coordination.k8s.io', resource: 'leases', namespace: 'default' },
      ],
    });
  });
});

test('the example is a configuration, and the tutorials show it', () => {
  const text = readFileSync('examples/notifier/ding.yaml', 'utf8');
  expect([...parseNotifierConfig('examples/notifier/ding.yaml', text).sinks.keys()]).toEqual(['ops-ding']);
  const shown = text.replace(/^#.*\n/, '');
  for (const language of ['en', 'zh-CN']) {
    expect(readFileSync(`docs/tutorials/${language}/notifications.md`, 'utf8')).toContain(shown);
  }
});
