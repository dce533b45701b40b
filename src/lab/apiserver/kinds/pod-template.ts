import { listAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The seconds that a pod gets to stop when its template names none. */
export const TERMINATION_GRACE_SECONDS = 30;

/** Upstream's defaulting of a pod template (`spec.template`). */
export function defaultPodTemplate(template: Fields): Fields {
  return { ...template, metadata: recordAt(template, 'metadata'), spec: defaultPodSpec(recordAt(template, 'spec')) };
}

/** Upstream's defaulting of a pod's spec: what `kubectl get -o yaml` shows beside what was written. */
export function defaultPodSpec(spec: Fields): Fields {
  const containers = listAt(spec, 'containers').map((container) => defaultContainer(container as Fields));
  const initContainers = listAt(spec, 'initContainers').map((container) => defaultContainer(container as Fields));
  const volumes = listAt(spec, 'volumes').map((volume) => defaultVolume(volume as Fields));
  return withDefaults(
    {
      ...spec,
      containers,
      ...(initContainers.length === 0 ? {} : { initContainers }),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
    {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      ...(spec['serviceAccountName'] === undefined ? {} : { serviceAccount: spec['serviceAccountName'] }),
    },
  );
}

function defaultContainer(container: Fields): Fields {
  const ports = listAt(container, 'ports').map((port) => withDefaults(port as Fields, { protocol: 'TCP' }));
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe']
    .filter((name) => valueAt(container, name) !== undefined)
    .map((name) => [name, defaultProbe(recordAt(container, name))] as const);
  return withDefaults(
    {
      ...container,
      ...(ports.length === 0 ? {} : { ports }),
      ...Object.fromEntries(probes),
      ...defaultResources(container),
    },
    {
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: pullPolicyOf(textAt(container, 'image')),
    },
  );
}

/** A limit without a request is a request too. */
function defaultResources(container: Fields): Fields {
  const limits = recordAt(container, 'resources', 'limits');
  if (Object.keys(limits).length === 0) return {};
  const requests = { ...limits, ...recordAt(container, 'resources', 'requests') };
  return { resources: { ...recordAt(container, 'resources'), requests } };
}

function defaultProbe(probe: Fields): Fields {
  const get = valueAt(probe, 'httpGet');
  return withDefaults(
    { ...probe, ...(get === undefined ? {} : { httpGet: withDefaults(get as Fields, { path: '/', scheme: 'HTTP' }) }) },
    { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  );
}

/** `latest`, named or not, is pulled each time. */
function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const tag = name.includes(':') ? name.slice(name.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

const FILE_MODE = 0o644;

function defaultVolume(volume: Fields): Fields {
  const sources = ['secret', 'configMap', 'downwardAPI', 'projected']
    .filter((name) => valueAt(volume, name) !== undefined)
    .map((name) => [name, withDefaults(recordAt(volume, name), { defaultMode: FILE_MODE })] as const);
  return { ...volume, ...Object.fromEntries(sources) };
}
