import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import type { AdapterSource } from '../../metrics/adapter/serving/adapter-source.ts';
import type { FollowedObjects } from '../../metrics/adapter/serving/measured-objects.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { AdapterConfig } from '../config/adapter-config.ts';
import { requireRights } from './account-rights.ts';
import {
  type ApiNames,
  apiServicesOfApis,
  hasCustomMetrics,
  rightsOfApis,
  ruledApis,
  USAGE_API,
} from './ruled-apis.ts';
import type { ServingHold } from './serving-hold.ts';

/** The file that grants the adapter's account everything. */
export const ADAPTER_MANIFEST = 'deploy/adapter.yaml';

/** What changed rules are taken into use with. */
export interface RuleAdoptionOptions {
  readonly config: Pick<AdapterConfig, 'maxAgeMs' | 'relistIntervalMs'>;
  /** Whose rights are looked at. */
  readonly client: KubeClientOptions;
  readonly source: Pick<AdapterSource, 'adopt'>;
  readonly measured: Pick<FollowedObjects, 'start'>;
  readonly serving: Pick<ServingHold, 'addApiServices'>;
  /** Those that the rules in use have. */
  readonly ruled: ApiNames;
  /** Those that are served; what rules need more comes to them, and none goes. */
  readonly served: Set<string>;
  /** Those that queries of HPAs or another server answer for too. */
  readonly shared: ApiNames;
  readonly log: Log;
}

/** Takes changed rules into use, and what they need beside themselves: an API more, and the rights for it. */
export class RuleAdoption {
  readonly #options: RuleAdoptionOptions;
  #ruled: ApiNames;

  constructor(options: RuleAdoptionOptions) {
    this.#options = options;
    this.#ruled = options.ruled;
  }

  /**
   * An API that there were no rules for is served at once; that of usage once pods and nodes are known, because until then its
   * answers would be empty. Throws Failure, and leaves everything as it was, when the ages do not fit or a right is missing.
   */
  async adopt(files: readonly ConfigFile[]): Promise<void> {
    const { config, client, source, log } = this.#options;
    requireAges(config, files);
    const ruled = ruledApis(files);
    const gained = new Set([...ruled].filter((name) => !this.#ruled.has(name)));
    await requireRights([{ client, rights: rightsOfApis(gained) }], { log, manifest: ADAPTER_MANIFEST });
    source.adopt(files);
    this.#tellEmptied(ruled);
    this.#ruled = ruled;
    this.#serve([...gained].filter((name) => name !== USAGE_API));
    if (gained.has(USAGE_API)) this.#serveUsage();
  }

  #serveUsage(): void {
    const { measured, log } = this.#options;
    measured.start().then(
      () => this.#serve([USAGE_API]),
      (thrown) => log.debug('pods and nodes are not followed', { error: errorText(thrown) }),
    );
  }

  #serve(names: readonly string[]): void {
    const { served, serving, log } = this.#options;
    const apis = names.filter((name) => !served.has(name));
    if (apis.length === 0) return;
    for (const name of apis) served.add(name);
    serving.addApiServices(apiServicesOfApis(new Set(apis)));
    log.info('the rules have an API that there were none for; it is served from now on', { apis });
  }

  /** An API that went away would be the API server's to notice, and every request to it an error there until then. */
  #tellEmptied(ruled: ApiNames): void {
    const { served, shared, log } = this.#options;
    const emptied = [...this.#ruled].filter((name) => served.has(name) && !ruled.has(name));
    const [left = [], apis = []] = [true, false].map((isShared) =>
      emptied.filter((name) => shared.has(name) === isShared),
    );
    if (left.length > 0)
      log.info('the rules have nothing of an API any more; whatever else serves it goes on', { apis: left });
    if (apis.length > 0)
      log.warn('the rules have nothing of an API any more; it answers with empty lists until a restart', { apis });
  }
}

/** Upstream looks at it for custom metrics alone. Throws Failure('invalid') naming the flag. */
export function requireAges(
  { maxAgeMs, relistIntervalMs }: RuleAdoptionOptions['config'],
  files: readonly ConfigFile[],
): void {
  if (maxAgeMs >= relistIntervalMs || !hasCustomMetrics(ruledApis(files))) return;
  throw new Failure('invalid', '--metrics-max-age: must not be less than --metrics-relist-interval', {
    hint: 'a metric would be gone before it is looked for again',
  });
}
