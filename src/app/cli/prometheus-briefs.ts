import type { AskedPrometheusFlag } from '../config/prometheus-choice.ts';
import type { PrometheusFlag } from '../config/prometheus-flags.ts';

/** What the flags that say how Prometheus is reached say in `--help`. */
export const PROMETHEUS_BRIEFS: Readonly<Record<PrometheusFlag | 'prometheus-backends', string>> = {
  'prometheus-url': 'where Prometheus is (default https://localhost)',
  'prometheus-auth-incluster': 'show Prometheus the pod’s account',
  'prometheus-auth-config': 'kubeconfig file whose user is shown to Prometheus',
  'prometheus-ca-file': 'authorities that Prometheus’ certificate may come from; the system’s when absent',
  'prometheus-client-tls-cert-file': 'certificate to show to Prometheus, beside --prometheus-ca-file',
  'prometheus-client-tls-key-file': 'its key',
  'prometheus-token-file': 'bearer token for Prometheus, read again when it changes',
  'prometheus-header': 'NAME=VALUE, sent with every request to Prometheus; any number of times',
  'prometheus-verb': 'GET or POST; GET, and POST for long queries, when absent',
  'prometheus-freshness':
    'how old an answer may be that another request has brought, for the same query or several at once; 0s: each is asked (default 2s)',
  'prometheus-backends':
    'file that says how Prometheus is reached, instead of the flags above; rules may name several of them',
};

/** The same for commands for people. */
export const ASKED_PROMETHEUS_BRIEFS: Readonly<Record<AskedPrometheusFlag, string>> = {
  prometheus: 'where Prometheus is, http://localhost:9090 for example',
  ...PROMETHEUS_BRIEFS,
  'prometheus-url': 'the same, as podtide adapter serve calls it',
  'metrics-max-age': 'how old the last sample of a series may be, as podtide adapter serve has it (default 10m0s)',
};
