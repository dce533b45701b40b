import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { ConfigMap, ConfigMapSource, Pod } from '../../lab/world/objects.ts';
import { mountConfigMaps } from './config-map-volumes.ts';

const LOOK_AGAIN_MS = 2_000;

let root: string;
let clock: VirtualClock;
/** What the API server has, by name; asked for anything else it says that there is none. */
let configMaps: Map<string, Readonly<Record<string, string>>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'podtide-volumes-'));
  clock = new VirtualClock({ turn: () => setImmediate() });
  configMaps = new Map([['rules', { 'config.yaml': 'one', 'more.yaml': 'two' }]]);
});

afterEach(async () => {
  expect(clock.timerCount).toBe(0);
  await rm(root, { recursive: true });
});

const client = {
  get: async <T>(_type: unknown, { name }: { readonly name: string }): Promise<T> => {
    const data = configMaps.get(name);
    if (data === undefined) throw new Failure('notFound', `configmaps "${name}" not found`);
    return { metadata: { name }, data } as ConfigMap as T;
  },
};

/** Mounts a ConfigMap at a path of the container `main`. */
function mount(configMap: ConfigMapSource, mountPath = '/etc/adapter', more: object = {}) {
  const pod: Pod = {
    metadata: { namespace: 'default', name: 'adapter' },
    spec: {
      volumes: [{ name: 'config', configMap }, { name: 'tmp' }],
      containers: [
        {
          name: 'main',
          image: 'adapter',
          volumeMounts: [
            { name: 'config', mountPath, ...more },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
        { name: 'side', image: 'side' },
      ],
    },
  };
  return mountConfigMaps(pod, 'main', root, { client, ioClock: clock, log: SILENT_LOG });
}

/** The files below the root, by their paths. */
async function files(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return Object.fromEntries(paths.map((path, index) => [path.slice(root.length), texts[index] ?? '']));
}

/** Lets what a look does with files come to its end. */
async function looked(): Promise<void> {
  clock.advanceBy(LOOK_AGAIN_MS);
  while (clock.timerCount === 0) await setImmediate();
}

test.each<
  readonly [why: string, configMap: ConfigMapSource, mountPath: string, found: Readonly<Record<string, string>>]
>([
  [
    'every key is a file',
    { name: 'rules' },
    '/etc/adapter/',
    { '/etc/adapter/config.yaml': 'one', '/etc/adapter/more.yaml': 'two' },
  ],
  [
    'chosen keys by other names',
    { name: 'rules', items: [{ key: 'more.yaml', path: 'a/b.yaml' }] },
    '/etc',
    { '/etc/a/b.yaml': 'two' },
  ],
  ['nothing of what need not be there', { name: 'none', optional: true }, '/etc', {}],
  ['a key that need not be there', { name: 'rules', optional: true, items: [{ key: 'x', path: 'x' }] }, '/etc', {}],
  [
    'never outside of the container',
    { name: 'rules', items: [{ key: 'more.yaml', path: '../../../x' }] },
    '/../../etc',
    { '/etc/x': 'two' },
  ],
])('%s', async (_why, configMap, mountPath, found) => {
  const unmount = await mount(configMap, mountPath);
  expect(await files()).toEqual(found);
  unmount();
});

test('what is edited is in the files soon; what is deleted stays', async () => {
  const unmount = await mount({ name: 'rules' });
  configMaps.set('rules', { 'config.yaml': 'three' });
  await looked();
  expect(await files()).toEqual({ '/etc/adapter/config.yaml': 'three' });
  configMaps.delete('rules');
  await looked();
  expect(await files()).toEqual({ '/etc/adapter/config.yaml': 'three' });
  configMaps.set('rules', { 'config.yaml': 'four' });
  await looked();
  expect(await files()).toEqual({ '/etc/adapter/config.yaml': 'four' });
  unmount();
});

test.each<readonly [why: string, configMap: ConfigMapSource, more: object, message: string]>([
  ['no such ConfigMap', { name: 'none' }, {}, 'configmap "none" not found'],
  ['no such key', { name: 'rules', items: [{ key: 'x', path: 'x' }] }, {}, 'references non-existent config key: x'],
  ['a single file', { name: 'rules' }, { subPath: 'config.yaml' }, 'the lab mounts no subPath'],
])('refused: %s', async (_why, configMap, more, message) => {
  const failure = await mount(configMap, '/etc', more).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).message).toContain(message);
});

test('a container without mounts asks for nothing', async () => {
  configMaps.clear();
  const pod: Pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'main', image: 'x' }] } };
  const unmount = await mountConfigMaps(pod, 'main', root, { client, ioClock: clock, log: SILENT_LOG });
  expect([clock.timerCount, await files()]).toEqual([0, {}]);
  unmount();
});
