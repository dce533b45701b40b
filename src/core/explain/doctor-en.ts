import type { DoctorFindingOf, UnseenThing } from './doctor-finding.ts';
import type { DoctorSentences } from './explain-doctor-finding.ts';
import type { KnownServer } from './metrics-server-signs.ts';

/** What the doctor says in English. */
export const DOCTOR_EN: DoctorSentences = {
  findings: {
    ApiMissing: {
      text: ({ api, hpaCount, metricCount, metrics }) =>
        `nobody serves ${api}, and ${needing(hpaCount)} it: ${metrics.join(', ')}${metrics.length < metricCount ? ', …' : ''}`,
      action: ({ api }) => installAdvice(api),
    },
    ApiServiceLeftOver: {
      text: ({ api, apiService, hpaCount }) =>
        `the APIService ${apiService} names no Service, and the API server itself has no ${api}${lost(hpaCount)}`,
      action: ({ apiService }) =>
        `it was left behind by something that is gone, and disturbs discovery and the deletion of namespaces: kubectl delete apiservice ${apiService}`,
    },
    ServiceMissing: {
      text: ({ api, service, hpaCount }) =>
        `${api} is to be answered by the Service ${service}, which does not exist${lost(hpaCount)}`,
      action: ({ api }) =>
        `install what is to serve it, or delete the APIService that names it: kubectl delete apiservice ${apiServiceName(api)}`,
    },
    ServicePortMissing: {
      text: ({ api, service, port, hpaCount }) =>
        `${api} is to be answered by port ${port} of the Service ${service}, which has no such port${lost(hpaCount)}`,
      action: () => 'make spec.service.port of the APIService one of the ports of the Service',
    },
    ServerHasNoPods: {
      text: ({ api, service, hpaCount }) =>
        `${api} has no server: the Service ${service} selects no pod${lost(hpaCount)}`,
      action: ({ service }) =>
        `compare the selector of the Service with the labels of the pods: kubectl get service,deployment,pods --show-labels -n ${namespaceOf(service)}`,
    },
    ServerScaledToZero: {
      text: ({ api, service, deployment, hpaCount }) =>
        `${api} has no server: the Deployment ${deployment} behind the Service ${service} is scaled to 0${lost(hpaCount)}`,
      action: ({ service, deployment }) =>
        `kubectl scale deployment ${deployment} --replicas=1 -n ${namespaceOf(service)}`,
    },
    ServerPodsNotReady: {
      text: ({ api, service, podCount, pod, trouble, hpaCount }) =>
        `${api} has no server: none of ${podCount === 1 ? '1 pod' : `${podCount} pods`} behind the Service ${service} is ready (${pod}: ${trouble})${lost(hpaCount)}`,
      action: ({ service, pod }) =>
        `kubectl describe pod ${pod} -n ${namespaceOf(service)}, and kubectl logs ${pod} -n ${namespaceOf(service)}`,
    },
    EndpointsMissing: {
      text: ({ api, service, message, hpaCount }) =>
        `${api} has no server: the Service ${service} has no endpoints (${message})${lost(hpaCount)}`,
      action: () =>
        'see that a pod is ready, that the selector of the Service matches its labels, and that the name of the port in the Service is also that of its endpoints',
    },
    AuthorityUnknown: {
      text: ({ api, service, hasCaBundle, message, hpaCount }) =>
        `the API server does not trust the certificate of ${service} for ${api}: ${
          hasCaBundle
            ? 'caBundle of the APIService is not of the authority that signed it'
            : 'the APIService has no caBundle, so that only the system’s authorities count'
        } (${message})${lost(hpaCount)}`,
      action: ({ service }) =>
        `put the certificate of the authority into spec.caBundle. Podtide and KEDA keep it there themselves; with cert-manager, the annotation cert-manager.io/inject-ca-from does. After a change of the certificate the server of ${service} may need a restart`,
    },
    CertificateNames: {
      text: ({ api, service, serverName, message, hpaCount }) =>
        `the certificate of ${service} for ${api} is not for ${serverName} (${message})${lost(hpaCount)}`,
      action: ({ serverName }) => `have a certificate made whose alternative names include ${serverName}`,
    },
    CertificateExpired: {
      text: ({ api, service, message, hpaCount }) =>
        `the certificate of ${service} for ${api} has expired or is not valid yet (${message})${lost(hpaCount)}`,
      action: () =>
        'renew it; a server that makes its certificate when it starts needs a restart. Compare the clocks of the nodes too',
    },
    ConnectionRefused: {
      text: ({ api, service, message, hpaCount }) =>
        `nothing listens where the Service ${service} leads for ${api} (${message})${lost(hpaCount)}`,
      action: () => 'compare targetPort of the Service with the port that the server listens on (--secure-port)',
    },
    ServerSilent: {
      text: ({ api, service, message, hpaCount }) =>
        `the API server gets no answer of ${service} for ${api} (${message})${lost(hpaCount)}`,
      action: () =>
        'see whether a network policy or a firewall keeps the control plane from the pods: private clusters need a rule for the server’s port, networks of their own hostNetwork. Then whether the server is overloaded',
    },
    ServerDenies: {
      text: ({ api, service, status, hpaCount }) =>
        `${service} turns the API server away with ${status} when it is asked for ${api}${lost(hpaCount)}`,
      action: () =>
        'its account needs the ClusterRole system:auth-delegator, and the Role extension-apiserver-authentication-reader in kube-system; its log says which is missing',
    },
    ServerLacksApi: {
      text: ({ api, service, hpaCount }) =>
        `${service} does not have ${api} (404), which an APIService says it serves${lost(hpaCount)}`,
      action: ({ api }) =>
        `delete the APIService if it was left by another version (kubectl delete apiservice ${apiServiceName(api)}); an adapter has an API only when there are rules for it`,
    },
    ServerFails: {
      text: ({ api, service, status, hpaCount }) =>
        `${service} answers ${status} when it is asked for ${api}${lost(hpaCount)}`,
      action: ({ service }) => `read its log; its pods are in the namespace ${namespaceOf(service)}`,
    },
    ApiUnavailable: {
      text: ({ api, reason, message, hpaCount }) =>
        reason === '' && message === ''
          ? `the API server has not checked yet who serves ${api}${lost(hpaCount)}`
          : `${api} is not available: ${[reason, message].filter((part) => part !== '').join(': ')}${lost(hpaCount)}`,
      action: ({ api }) => `kubectl describe apiservice ${apiServiceName(api)}`,
    },
    ListingFails: {
      text: ({ api, message, hpaCount }) => `the metrics of ${api} cannot be listed: ${message}${lost(hpaCount)}`,
      action: ({ api }) => `try it yourself with kubectl get --raw /apis/${api}, and read the log of its server`,
    },
    VersionsDiffer: {
      text: ({ group, owners, used }) =>
        `versions of ${group} are answered by different servers: ${owners.map(({ version, server }) => `${version} by ${server}`).join(', ')}; HPAs ask for ${used === null ? 'none of them' : used}`,
      action: () =>
        'that is right for the time of a move only: let all APIServices of the group name the same Service, and delete those that it does not serve',
    },
    MetricNotListed: {
      text: ({ api, hpa, metric, server, failure }) =>
        `HPA ${hpa} needs ${metric}, which ${server} does not list in ${api}${failure === '' ? '' : `; the HPA says: ${failure}`}`,
      action: ({ api, known }) => unlistedAdvice(api, known),
    },
    MoreMetricsNotListed: {
      text: ({ count }) => `${count === 1 ? '1 further metric' : `${count} further metrics`} of HPAs are not listed`,
      action: () => 'look at one namespace at a time, with -n NAMESPACE',
    },
    ExternalPlaceTaken: {
      text: ({ server, scaledObjectCount, first, hpaCount }) =>
        `the triggers of ${scaledObjectCount === 1 ? '1 ScaledObject' : `${scaledObjectCount} ScaledObjects`} (${first}${scaledObjectCount === 1 ? '' : ', …'}) reach no HPA: external.metrics.k8s.io has one place, and ${server} has it${hpaCount === 0 ? '' : `; ${hpas(hpaCount)} of KEDA’s ${hpaCount === 1 ? 'gets' : 'get'} no number`}`,
      action: ({ known }) =>
        known === 'podtide'
          ? 'start podtide adapter with --pass-through-url=https://SERVICE.NAMESPACE.svc of KEDA’s metrics server: what no rule makes is asked there'
          : 'let one server have the place and move the other’s metrics; or put podtide adapter there, with rules for its own and --pass-through-url for the rest',
    },
    VerificationSkipped: {
      text: ({ api, service }) =>
        `insecureSkipTLSVerify: whoever can stand in the place of ${service} can make up the numbers of ${api}`,
      action: () =>
        'set spec.caBundle of the APIService instead; Podtide’s servers put the authority of their certificate there themselves',
    },
    Unseen: { text: unseenText, action: unseenAction },
  },
  report: {
    severities: { problem: 'problem', note: 'note', unseen: 'not seen' },
    states: { available: 'available', unavailable: 'NOT AVAILABLE', missing: 'nobody', unseen: 'not seen' },
    itself: 'the API server itself',
    unknown: 'an unknown server',
    recognised: ({ sign, evidence }) =>
      sign === null
        ? ''
        : `by ${{ image: 'image', label: 'label', service: 'the name of the Service' }[sign]} ${evidence}`,
    deployment: (names) => `${names.length === 1 ? 'Deployment' : 'Deployments'} ${names.join(', ')}`,
    pods: (readyPodCount, podCount) => `${readyPodCount} of ${podCount === 1 ? '1 pod' : `${podCount} pods`} ready`,
    sum: (problemCount, unseenCount) => {
      const found =
        problemCount === 0
          ? 'no problem found'
          : problemCount === 1
            ? '1 problem found'
            : `${problemCount} problems found`;
      if (unseenCount === 0) return found;
      return `${found}; ${unseenCount === 1 ? '1 thing was' : `${unseenCount} things were`} not looked at`;
    },
  },
};

function hpas(count: number): string {
  return count === 1 ? '1 HPA' : `${count} HPAs`;
}

function needing(count: number): string {
  return `${hpas(count)} ${count === 1 ? 'needs' : 'need'}`;
}

/** What it means for HPAs, as the end of a sentence. */
function lost(hpaCount: number): string {
  return hpaCount === 0 ? '' : `; ${needing(hpaCount)} it`;
}

function namespaceOf(service: string): string {
  return service.split('/')[0] ?? '';
}

/** `custom.metrics.k8s.io/v1beta1` → `v1beta1.custom.metrics.k8s.io` */
function apiServiceName(api: string): string {
  return api.split('/').reverse().join('.');
}

function installAdvice(api: string): string {
  if (api.startsWith('metrics.k8s.io'))
    return 'install metrics-server, or podtide metrics-server (deploy/metrics-server.yaml)';
  if (api.startsWith('custom.'))
    return 'install podtide adapter (deploy/adapter.yaml) or prometheus-adapter, with a rule that makes the metric';
  return 'install what makes the metric: podtide adapter or prometheus-adapter with externalRules, or KEDA for ScaledObjects';
}

function unlistedAdvice(api: string, known: KnownServer | null): string {
  if (known === 'podtide' || known === 'prometheus-adapter') {
    return `a rule must make it: podtide adapter check tells about the rule file, and kubectl get --raw /apis/${api} what there is; the series must exist in Prometheus now`;
  }
  return `kubectl get --raw /apis/${api} shows what there is; correct the name in the HPA, or have the server make the metric`;
}

const THINGS: Readonly<Record<UnseenThing, (where: string) => string>> = {
  apiServices: () => 'the APIServices',
  service: (where) => `the Service ${where}`,
  deployments: (where) => `the Deployments of ${where}`,
  pods: (where) => `the pods of ${where}`,
  group: (where) => `the versions of ${where}`,
  listing: (where) => `the metrics of ${where}`,
  hpas: (where) => `the HPAs${inNamespace(where)}`,
  scaledObjects: (where) => `KEDA’s ScaledObjects${inNamespace(where)}`,
};

function inNamespace(namespace: string): string {
  return namespace === '' ? ' of all namespaces' : ` of ${namespace}`;
}

function unseenText({ what, where, message }: DoctorFindingOf<'Unseen'>): string {
  return `${THINGS[what](where)} could not be looked at: ${message}`;
}

const RIGHTS: Readonly<Record<UnseenThing, string>> = {
  apiServices:
    'list apiservices.apiregistration.k8s.io: who serves an API, and why it does not answer, is not known without',
  service: 'get services: whether it exists, and its labels',
  deployments: 'list deployments.apps: what runs behind the Service',
  pods: 'list pods: the images behind the Service, and why they are not ready',
  group: 'the ClusterRole system:discovery: whether anybody serves the group',
  listing: 'the ClusterRole system:discovery: which metrics there are',
  hpas: 'list horizontalpodautoscalers.autoscaling: whether their metrics are served',
  scaledObjects: 'list scaledobjects.keda.sh: whether KEDA is kept from external.metrics.k8s.io',
};

function unseenAction({ what, where, isDenied }: DoctorFindingOf<'Unseen'>): string {
  if (!isDenied) return 'try again';
  const isNarrower = where === '' && (what === 'hpas' || what === 'scaledObjects');
  return `the right that is missing: ${RIGHTS[what]}${isNarrower ? '; -n NAMESPACE looks at one namespace alone' : ''}`;
}
