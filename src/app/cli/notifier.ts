import { buildCommand } from '@stricli/core';
import {
  NOTIFIER_FLAGS,
  NOTIFIER_SWITCHES,
  type NotifierFlag,
  type NotifierFlags,
  parseNotifierFlags,
} from '../config/notifier-flags.ts';
import type { CliContext } from './context.ts';

/** What each flag says in `--help`. */
const NOTIFIER_BRIEFS: Readonly<Record<NotifierFlag, string>> = {
  config: 'the file of sinks and routes; a change of it is taken into use by itself',
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  namespaces: 'only these namespaces, joined by commas; the whole cluster when absent',
  state:
    'configmaps (default): what is to be told and what was, in Podtide’s own namespace; file:PATH: on this machine or a volume',
  'sink-ca-file': 'authorities in PEM that sinks’ certificates may be of beside the usual ones',
  'leader-elect': 'tell people only while holding the Lease (default true)',
  'leader-elect-lease-duration': 'how long others wait for a silent leader (default 15s)',
  'leader-elect-renew-deadline': 'how long a leader tries to renew before it stops telling (default 10s)',
  'leader-elect-retry-period': 'between two attempts (default 2s)',
  'leader-elect-resource-name': 'name of the Lease (default podtide-notifier)',
  'leader-elect-resource-namespace': 'Podtide’s own namespace (default podtide-system)',
  listen: 'HOST:PORT of /metrics, /healthz, /livez and /readyz (default 127.0.0.1:9092)',
  'tls-cert-file': 'serving certificate; plain HTTP on loopback when absent',
  'tls-private-key-file': 'its key',
  'log-level': 'debug, info (default), warn or error',
};

/** `podtide notifier`. Values are checked by the configuration's schema, which names all problems at once. */
export const notifierCommand = buildCommand<NotifierFlags, [], CliContext>({
  docs: {
    brief: 'Tell people of scalings: DingTalk, Feishu, WeCom, Slack, Alertmanager, webhooks, mail',
    fullDescription: [
      'Watches the HPAs of a cluster, with or without a controller of ours, and tells people what happens: scalings from their start until their pods are there, and what keeps them; HPAs at their maximum, lost metrics, flapping.',
      'Reads only. What is to be told survives the process; two replicas tell once. What it may not look at it names, and does without.',
    ].join('\n'),
  },
  parameters: {
    flags: Object.fromEntries(NOTIFIER_FLAGS.map((flag) => [flag, flagOf(flag)])) as never,
  },
  func: async function (this: CliContext, flags: NotifierFlags): Promise<void> {
    const settings = parseNotifierFlags(flags);
    const { runNotifier } = await import('../processes/run-notifier.ts');
    await runNotifier(settings, this.environment, this.signal);
  },
});

function flagOf(flag: NotifierFlag): object {
  const shared = { kind: 'parsed', brief: NOTIFIER_BRIEFS[flag], optional: true };
  // A switch without a value is on.
  if (NOTIFIER_SWITCHES.has(flag)) {
    return { ...shared, parse: (text: string) => (text === '' ? 'true' : text), inferEmpty: true };
  }
  return { ...shared, parse: String, placeholder: 'value' };
}
