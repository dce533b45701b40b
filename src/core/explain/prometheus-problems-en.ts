import type { PrometheusProblemSentences } from './prometheus-problem.ts';

/** Problems of queries to Prometheus in English. */
export const PROMETHEUS_PROBLEMS_EN: PrometheusProblemSentences = {
  problems: {
    NameUnknown: ({ host }) => `no such host: ${host}`,
    Refused: ({ address }) => `${address} refused the connection`,
    Unreachable: ({ address }) => `no route to ${address}`,
    CertificateNames: ({ address, names }) =>
      `the server's certificate is for ${names || 'no name at all'}, not for ${address}`,
    UnknownAuthority: ({ address }) => `the certificate of ${address} is signed by an authority that is not trusted`,
    CertificateExpired: ({ address }) => `the certificate of ${address} has expired or is not yet valid`,
    Broken: ({ address, detail }) => `the answer of ${address} broke off: ${detail}`,
    TimedOut: ({ afterMs }) => `no answer within ${afterMs / 1000} s`,
    QueueFull: ({ waitingCountMax }) => `${waitingCountMax} requests to this backend are waiting already`,
    NoCredential: ({ detail }) => `our own credential cannot be read: ${detail}`,
    Unauthorized: () => 'the server does not accept our credential (401)',
    Forbidden: ({ answer }) => `the server refused (403)${said(answer)}`,
    PathNotFound: ({ path }) => `the server has no ${path} (404)`,
    Redirected: ({ status, location }) => `the server redirects (${status}) to ${location || 'nowhere'}`,
    TooManyRequests: ({ answer }) => `the server wants fewer requests (429)${said(answer)}`,
    HttpStatus: ({ status, answer }) => `the server answered ${status}${said(answer)}`,
    NotPrometheus: ({ contentType, answer }) =>
      `the answer is not Prometheus' JSON but ${contentType || 'of no stated type'}${said(answer)}`,
    Malformed: ({ detail }) => `the answer breaks the format of Prometheus' API: ${detail}`,
    BadQuery: ({ detail }) => `the server cannot read it (bad_data): ${detail}`,
    NotExecuted: ({ detail }) => `the server cannot carry it out (execution): ${detail}`,
    GaveUp: ({ detail }) => `the server gave up: ${detail}`,
    ServerError: ({ errorType, detail }) => `the server reports an error (${errorType}): ${detail}`,
    AnswerTooLarge: ({ bytesMax }) => `the answer is larger than ${bytesMax} bytes`,
    TooManySeries: ({ countMax }) => `the answer has more than ${countMax} series`,
    TooManyLabelSets: ({ countMax }) => `the answer has more than ${countMax} different sets of label names`,
    NativeHistogram: ({ series }) => `the result has a native histogram, which is no number: ${series}`,
  },
  remedies: {
    NameUnknown: "check the host in the backend's URL, and that this pod can resolve it",
    Refused: "check that the server runs and listens there, and the port in the backend's URL",
    Unreachable: 'check routes, network policies and firewalls between this pod and the server',
    CertificateNames:
      "name the server in the backend's URL as its certificate does, or set tls.serverName of the backend",
    UnknownAuthority: 'name the authority in tls.caFile of the backend (--prometheus-ca-file)',
    CertificateExpired: "renew the server's certificate, and compare the clocks",
    Broken: 'read the log of the server and of what stands before it; it may have restarted',
    TimedOut:
      "run the query by hand and make it cheaper, by a recording rule for example, or raise the backend's deadline; if other queries are late too, look at the server's load",
    QueueFull:
      "look at the server's load; raise the backend's concurrency if it has room, or set a freshness so that equal queries share an answer",
    NoCredential: "check the files that the backend's authentication and tls name",
    Unauthorized: "check the backend's authentication: the token or password, and whether the server wants one at all",
    Forbidden: "grant the backend's identity the right to query, and check its tenant header (X-Scope-OrgID)",
    PathNotFound: "correct the path in the backend's URL: it ends before /api/v1",
    Redirected:
      "write the address that it redirects to in the backend's URL; a login page means that a token is wanted",
    TooManyRequests: "lower the backend's concurrency, set a freshness, or have the tenant's limit raised",
    HttpStatus: 'read the log of the server and of the proxy before it',
    NotPrometheus:
      "check the backend's URL: what answers there is a proxy, a login page, or a program without Prometheus' HTTP API",
    Malformed: "check the backend's URL and that the server speaks Prometheus' HTTP API v1",
    BadQuery: 'correct the query; the server says where it stopped reading',
    NotExecuted:
      'correct the query: one-to-many matches need group_left or group_right, and a query that loads too many samples needs fewer series or a shorter range',
    GaveUp: "make the query cheaper, by a recording rule for example, or raise the server's --query.timeout",
    ServerError: 'read the log of the server',
    AnswerTooLarge:
      'narrow the query to the series that are needed, or raise maxAnswerBytes of the backend in the backends file',
    TooManySeries:
      'narrow the query to the series that are needed, or raise maxSeries of the backend in the backends file',
    TooManyLabelSets: 'narrow the series selector: it matches nearly everything that the server has',
    NativeHistogram: 'use histogram_quantile, histogram_avg, histogram_sum or histogram_count in the query',
  },
};

function said(answer: string): string {
  return answer === '' ? '' : `: ${answer}`;
}
