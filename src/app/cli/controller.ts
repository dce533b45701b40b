import { buildCommand } from '@stricli/core';
import {
  CONTROLLER_FLAGS,
  CONTROLLER_LISTS,
  CONTROLLER_SWITCHES,
  type ControllerFlag,
  type ControllerFlags,
  parseControllerConfig,
} from '../config/controller-config.ts';
import type { CliContext } from './context.ts';
import { PROMETHEUS_BRIEFS } from './prometheus-briefs.ts';
import { QUERY_ANNOTATION_BRIEFS } from './query-briefs.ts';

/** What each flag says in `--help`. */
export const CONTROLLER_BRIEFS: Readonly<Record<ControllerFlag, string>> = {
  mode: 'observe (default): decide and compare, write nothing; control: act on HPAs',
  namespaces: 'only these namespaces, joined by commas; the whole cluster when absent',
  'assume-sole-controller': 'do not prove that no other controller acts on HPAs',
  'cluster-name': 'the name of the cluster in decisions (default kubernetes)',
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  'horizontal-pod-autoscaler-sync-period': 'how often each HPA is synced (default 15s)',
  'horizontal-pod-autoscaler-downscale-stabilization': 'how long a scale-down waits (default 5m0s)',
  'horizontal-pod-autoscaler-tolerance': 'how far from the target nothing is done (default 0.1)',
  'horizontal-pod-autoscaler-cpu-initialization-period':
    'after its start, for how long a pod’s CPU may be left out (default 5m0s)',
  'horizontal-pod-autoscaler-initial-readiness-delay':
    'after its start, within what time unready means never ready (default 30s)',
  'concurrent-horizontal-pod-autoscaler-syncs': 'syncs at once, those that hang aside (default 50)',
  'feature-gates': 'GATE=true|false, joined by commas',
  'max-sample-age': 'set samples aside that are older, and fail a metric whose samples all are (default 0s: off)',
  'scale-down-breaker':
    'hold scale-downs while more than this share of the HPAs on one metrics API want down at once, 30%; off (default)',
  'scale-down-breaker-hold': 'for how long such a scale-down is held at most (default 15m0s)',
  'status-writes': 'on-change (default): measured numbers alone at most once a minute; every-change',
  'sample-values':
    'any (default): every quantity counts, as upstream; plausible: negative ones and those beyond 64 bits do not',
  memory:
    'configmaps (default): windows and policies go on where the leader before left off; process: start anew, as upstream does',
  'leader-elect': 'act only while holding the Lease (default true)',
  'leader-elect-lease-duration': 'how long others wait for a silent leader (default 15s)',
  'leader-elect-renew-deadline': 'how long a leader tries to renew before it stops acting (default 10s)',
  'leader-elect-retry-period': 'between two attempts (default 2s)',
  'leader-elect-resource-name': 'name of the Lease (default podtide-controller)',
  'leader-elect-resource-namespace': 'Podtide’s own namespace (default podtide-system)',
  listen: 'HOST:PORT of /metrics, /healthz, /readyz, /decisions and /observation (default 127.0.0.1:9091)',
  'tls-cert-file': 'serving certificate; plain HTTP when absent',
  'tls-private-key-file': 'its key',
  'decisions-without-token': 'show decisions to everybody on this machine; loopback only',
  'log-level': 'debug, info (default), warn or error',
  ...QUERY_ANNOTATION_BRIEFS,
  ...PROMETHEUS_BRIEFS,
  'prometheus-url': 'where Prometheus is, which is asked what HPAs bring along as podtide.dev/query.METRIC',
};

/** `podtide controller`. Values are checked by the configuration's schema, which names all problems at once. */
export const controllerCommand = buildCommand<ControllerFlags, [], CliContext>({
  docs: {
    brief: 'Decide on HorizontalPodAutoscalers: observe beside another controller, or control instead of it',
    fullDescription:
      'Syncs the HPAs of a cluster as kube-controller-manager does. In observe it writes nothing. In control it needs kube-controller-manager to run with --controllers=*,-horizontal-pod-autoscaler-controller, and proves that before it acts.',
  },
  parameters: {
    flags: Object.fromEntries(CONTROLLER_FLAGS.map((flag) => [flag, flagOf(flag)])) as never,
  },
  func: async function (this: CliContext, flags: ControllerFlags): Promise<void> {
    const config = parseControllerConfig(flags, this.environment);
    const { runController } = await import('../processes/run-controller.ts');
    await runController(config, this.environment, this.signal);
  },
});

function flagOf(flag: ControllerFlag): object {
  const shared = { kind: 'parsed', brief: CONTROLLER_BRIEFS[flag], optional: true };
  if (CONTROLLER_SWITCHES.has(flag)) return { ...shared, parse: readSwitch, inferEmpty: true };
  return { ...shared, parse: String, placeholder: 'value', ...(CONTROLLER_LISTS.has(flag) ? { variadic: true } : {}) };
}

/** A switch without a value is on. */
function readSwitch(text: string): string {
  return text === '' ? 'true' : text;
}
