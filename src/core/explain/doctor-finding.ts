import type { MetricsGroup } from './doctor-facts.ts';
import type { KnownServer } from './metrics-server-signs.ts';

/**
 * What `podtide doctor` has found: a code and what a sentence about it needs. `api` is `custom.metrics.k8s.io/v1beta1`,
 * `service` and HPAs are `namespace/name`.
 */
export type DoctorFinding = DoctorProblem | DoctorNote | Unseen;

/** Something that keeps HPAs from their numbers, or gives them others than they would expect. */
export type DoctorProblem =
  /** HPAs need an API that nobody has registered. `metrics`: a few of `metricCount`, as `shop/web: requests`. */
  | {
      readonly code: 'ApiMissing';
      readonly api: string;
      readonly hpaCount: number;
      readonly metricCount: number;
      readonly metrics: readonly string[];
    }
  /** An APIService without a Service, and the API server does not know the API. */
  | ({ readonly code: 'ApiServiceLeftOver'; readonly apiService: string } & LostApi)
  | ({ readonly code: 'ServiceMissing' } & LostServer)
  | ({ readonly code: 'ServicePortMissing'; readonly port: number } & LostServer)
  /** The Service selects no pod. */
  | ({ readonly code: 'ServerHasNoPods' } & LostServer)
  | ({ readonly code: 'ServerScaledToZero'; readonly deployment: string } & LostServer)
  | ({
      readonly code: 'ServerPodsNotReady';
      readonly podCount: number;
      /** One of them, and what ails it. */
      readonly pod: string;
      readonly trouble: string;
    } & LostServer)
  /** Endpoints are missing although pods are ready, or the pods were not seen; `message` is the condition's. */
  | ({ readonly code: 'EndpointsMissing'; readonly message: string } & LostServer)
  /** The certificate is not of the authority in `caBundle`, of the system's when there is none. */
  | ({ readonly code: 'AuthorityUnknown'; readonly hasCaBundle: boolean; readonly message: string } & LostServer)
  /** The certificate does not carry `serverName`. */
  | ({ readonly code: 'CertificateNames'; readonly serverName: string; readonly message: string } & LostServer)
  | ({ readonly code: 'CertificateExpired'; readonly message: string } & LostServer)
  | ({ readonly code: 'ConnectionRefused'; readonly message: string } & LostServer)
  | ({ readonly code: 'ServerSilent'; readonly message: string } & LostServer)
  /** It answers the API server with 401 or 403. */
  | ({ readonly code: 'ServerDenies'; readonly status: number } & LostServer)
  /** It answers with 404: it has no such version. */
  | ({ readonly code: 'ServerLacksApi' } & LostServer)
  | ({ readonly code: 'ServerFails'; readonly status: number } & LostServer)
  /** Unavailable for a reason that has no sentence of its own. */
  | ({ readonly code: 'ApiUnavailable'; readonly reason: string; readonly message: string } & LostApi)
  /** The API counts as available, and its list of metrics cannot be had. */
  | ({ readonly code: 'ListingFails'; readonly message: string } & LostApi)
  /** Versions of one group are answered by different servers; HPAs ask for `used`, which is null when they ask for none. */
  | {
      readonly code: 'VersionsDiffer';
      readonly group: MetricsGroup;
      readonly owners: readonly { readonly version: string; readonly server: string }[];
      readonly used: string | null;
    }
  /** The API is there and does not list the metric. `failure`: what the HPA itself says; may be empty. */
  | {
      readonly code: 'MetricNotListed';
      readonly api: string;
      readonly hpa: string;
      readonly metric: string;
      readonly server: string;
      readonly known: KnownServer | null;
      readonly failure: string;
    }
  /** Further ones that are not named. */
  | { readonly code: 'MoreMetricsNotListed'; readonly count: number }
  /** ScaledObjects are there, and the one place for external metrics is somebody else's who does not ask KEDA. */
  | {
      readonly code: 'ExternalPlaceTaken';
      readonly server: string;
      readonly known: KnownServer | null;
      readonly scaledObjectCount: number;
      /** One of them. */
      readonly first: string;
      /** HPAs that KEDA has made for them. */
      readonly hpaCount: number;
    };

/** An API that HPAs may need and do not get. */
interface LostApi {
  readonly api: string;
  /** HPAs that need a metric of its group. */
  readonly hpaCount: number;
}

/** The same behind a Service. */
interface LostServer extends LostApi {
  readonly service: string;
}

/** Something to know. */
export type DoctorNote = {
  readonly code: 'VerificationSkipped';
  readonly api: string;
  readonly service: string;
};

/** What could not be looked at, as the API server worded it. */
export interface Unseen {
  readonly code: 'Unseen';
  readonly what: UnseenThing;
  /** The namespace, or the API's version; empty where there is only one of them. */
  readonly where: string;
  readonly isDenied: boolean;
  readonly message: string;
}

/** Things that a doctor looks at. */
export type UnseenThing =
  | 'apiServices'
  | 'service'
  | 'deployments'
  | 'pods'
  | 'group'
  | 'listing'
  | 'hpas'
  | 'scaledObjects';

/** How much a finding matters: `problem` is to be mended, `note` to be known, `unseen` was not looked at. */
export type DoctorSeverity = 'problem' | 'note' | 'unseen';

/** How much a finding matters. */
export function severityOfDoctorFinding({ code }: Pick<DoctorFinding, 'code'>): DoctorSeverity {
  if (code === 'Unseen') return 'unseen';
  return code === 'VerificationSkipped' ? 'note' : 'problem';
}

/** The finding of a code. */
export type DoctorFindingOf<Code extends DoctorFinding['code']> = Extract<DoctorFinding, { readonly code: Code }>;
