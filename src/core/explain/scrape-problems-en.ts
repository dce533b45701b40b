import type { ScrapeProblemSentences } from './scrape-problem.ts';

/** Problems of scrapes in English. */
export const SCRAPE_PROBLEMS_EN: ScrapeProblemSentences = {
  problems: {
    NoAddress: ({ wantedTypes, presentTypes }) =>
      `the node has no address of type ${wantedTypes.join(', ')} (it has ${presentTypes.join(', ') || 'none'})`,
    NameUnknown: ({ host }) => `no such host: ${host}`,
    Refused: ({ address }) => `${address} refused the connection`,
    Unreachable: ({ address }) => `no route to ${address}`,
    TimedOut: ({ address, afterMs }) => `${address} did not answer within ${afterMs / 1000} s`,
    CertificateNames: ({ address, names }) =>
      `the kubelet's serving certificate is for ${names || 'no name at all'}, not for ${address}`,
    UnknownAuthority: ({ address }) =>
      `the serving certificate of ${address} is signed by an authority that is not trusted`,
    CertificateExpired: ({ address }) => `the serving certificate of ${address} has expired or is not yet valid`,
    Unauthorized: () => 'the kubelet does not accept our credential (401)',
    Forbidden: ({ answer }) => `the kubelet refused (403): ${answer}`,
    PathNotFound: ({ path }) => `the kubelet has no ${path} (404)`,
    PathRefused: ({ path, rule }) =>
      `the annotation metrics.k8s.io/resource-metrics-path ${JSON.stringify(path)} is not followed: ${rule}`,
    HttpStatus: ({ status, answer }) => `the kubelet answered ${status}${answer === '' ? '' : `: ${answer}`}`,
    Garbage: ({ line, rule }) => `the answer is not in the text format: line ${line}: ${rule}`,
    TooLarge: ({ bytesMax }) => `the answer is larger than ${bytesMax} bytes`,
    KubeletError: () => 'the kubelet could not measure (resource_scrape_error 1)',
    Empty: () => 'the answer holds no usage at all',
    Broken: ({ address, detail }) => `the answer of ${address} broke off: ${detail}`,
    ProxyDenied: ({ answer }) => `the API server does not let you ask the kubelet (403): ${answer}`,
    ProxyForbidden: ({ answer }) => `the kubelet refused the API server (403): ${answer}`,
    ProxyUnauthorized: () => 'the kubelet does not know the API server that asked for you (401)',
    ProxyCertificate: ({ detail }) => `the API server does not trust the kubelet's serving certificate: ${detail}`,
    ProxyUnreached: ({ detail }) => `the API server did not reach the kubelet: ${detail}`,
    NoCredential: ({ detail }) => `our own credential cannot be read: ${detail}`,
    Bug: ({ detail }) => `a bug of Podtide was met: ${detail}`,
  },
  remedies: {
    NoAddress: 'name a type that the node has in --kubelet-preferred-address-types',
    NameUnknown:
      'put InternalIP first in --kubelet-preferred-address-types, or make the name resolvable in the cluster',
    Refused: 'check that the kubelet runs and listens there, and --kubelet-port or --kubelet-use-node-status-port',
    Unreachable: 'check routes, network policies and firewalls between this pod and the node',
    TimedOut: 'check firewalls between this pod and the node, then whether the kubelet is overloaded',
    CertificateNames:
      'set serverTLSBootstrap: true in the kubelet configuration and approve the signing requests (kubectl get csr, kubectl certificate approve NAME); --kubelet-insecure-tls gives up verification',
    UnknownAuthority:
      'set serverTLSBootstrap: true in the kubelet configuration and approve the signing requests (kubectl get csr, kubectl certificate approve NAME), or name the authority in --kubelet-certificate-authority; --kubelet-insecure-tls gives up verification',
    CertificateExpired:
      'approve the pending signing requests (kubectl get csr, kubectl certificate approve NAME), and compare the clocks',
    Unauthorized:
      'the kubelet needs webhook authentication (authentication.webhook.enabled), and our token a valid ServiceAccount',
    Forbidden: 'grant the ServiceAccount get on nodes/metrics (ClusterRole system:metrics-server)',
    PathNotFound:
      'the kubelet must be 1.20 or newer; check the annotation metrics.k8s.io/resource-metrics-path of the node',
    PathRefused: 'correct the annotation of the node; whoever may write it must not choose where our token goes',
    HttpStatus: 'read the log of the kubelet on this node',
    Garbage: 'check what answers on this port: a proxy, or something that is no kubelet',
    TooLarge: 'check what answers on this port: no kubelet has so many containers',
    KubeletError: 'read the log of the kubelet and of the container runtime on this node',
    Empty: 'read the log of the kubelet and of the container runtime on this node',
    Broken: 'read the log of the kubelet on this node; it may have restarted',
    ProxyDenied:
      'the right get on nodes/proxy is missing, and it is as good as root on every node: rather install a metrics API (podtide metrics-server), or have the right granted for as long as you look',
    ProxyForbidden:
      'the user of the API server’s kubelet client certificate lacks get on nodes/metrics: bind it to the ClusterRole system:kubelet-api-admin',
    ProxyUnauthorized:
      'check --kubelet-client-certificate of kube-apiserver, and authentication.x509.clientCAFile of the kubelet',
    ProxyCertificate:
      'set serverTLSBootstrap: true in the kubelet configuration and approve the signing requests (kubectl get csr, kubectl certificate approve NAME), or correct --kubelet-certificate-authority of kube-apiserver',
    ProxyUnreached:
      'check that the kubelet runs, what is between the API server and the node, and --kubelet-preferred-address-types of kube-apiserver',
    NoCredential: 'check the mounted ServiceAccount token and the files of the --kubelet-… flags',
    Bug: 'report it, with the log line',
  },
};
