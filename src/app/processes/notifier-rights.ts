import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { WorkloadKind } from '../../people/notify/watching/observed-target.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { type AccountRight, missingRights, rightsHint, rightsText } from './account-rights.ts';

/** What a notifier may look at; every answer is of the last time it was asked. */
export interface NotifierRights {
  mayWatch(what: WorkloadKind | 'Pod'): boolean;
  mayReadScales(): boolean;
}

/** Whose rights, and where. */
export interface NotifierRightsOptions {
  readonly client: KubeClientOptions;
  /** Null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** What a notifier keeps in its own namespace. */
export interface OwnObjects {
  readonly namespace: string;
  /** The Lease that it strives for; null without an election. */
  readonly leaseName: string | null;
  /** The ConfigMaps in which it remembers; empty when it remembers elsewhere. */
  readonly configMapNames: readonly string[];
}

/**
 * Asks whether this account may keep what a notifier keeps, and throws Failure `denied` when it may not: with the way to do
 * without. Where the cluster does not answer such questions it shows later.
 */
export async function requireOwnObjects(client: KubeClientOptions, own: OwnObjects, log: Log): Promise<void> {
  const needs = (group: string, resource: string, names: readonly string[], need: string): readonly AccountRight[] => [
    ...names.slice(0, 1).map(() => ({ group, resource, verb: 'create', need, isNeeded: true })),
    ...names.flatMap((name) =>
      ['get', 'update'].map((verb) => ({ group, resource, verb, name, need, isNeeded: true })),
    ),
  ];
  // The first of many of one kind stands for all of them.
  const rights = [
    ...needs('coordination.k8s.io', 'leases', own.leaseName === null ? [] : [own.leaseName], 'nobody leads'),
    ...needs('', 'configmaps', own.configMapNames.slice(0, 1), 'what is to be told would be lost with the process'),
  ];
  const missing = (await missingRights(client, rights, log, own.namespace)) ?? [];
  if (missing.length === 0) return;
  throw new Failure('denied', rightsText(missing), {
    hint: `a Role in ${own.namespace} must grant them, ${MANIFEST} has it; or do without: --leader-elect=false --state=file:PATH, in a single replica`,
  });
}

/** Rights come and go with roles, of which nobody tells. */
const ASK_AGAIN_MS = 300_000;

const MANIFEST = 'deploy/notifier.yaml';

const RESOURCES: Readonly<Record<WorkloadKind | 'Pod', { readonly group: string; readonly resource: string }>> = {
  Deployment: { group: 'apps', resource: 'deployments' },
  StatefulSet: { group: 'apps', resource: 'statefulsets' },
  ReplicaSet: { group: 'apps', resource: 'replicasets' },
  Pod: { group: '', resource: 'pods' },
};

const RIGHTS: readonly AccountRight[] = [
  ...watching('autoscaling', 'horizontalpodautoscalers', 'nothing is seen at all', true),
  ...watching('apps', 'deployments', 'whether their pods are available is not known: completions stay unverified'),
  ...watching('apps', 'statefulsets', 'whether their pods are available is not known: completions stay unverified'),
  ...watching('apps', 'replicasets', 'whether their pods are available is not known: completions stay unverified'),
  ...watching('', 'pods', 'why pods do not come up is not told'),
  {
    group: '*',
    resource: '*',
    subresource: 'scale',
    verb: 'get',
    need: 'targets of other kinds are not seen',
    isNeeded: false,
  },
];

function watching(group: string, resource: string, need: string, isNeeded = false): readonly AccountRight[] {
  return ['list', 'watch'].map((verb) => ({ group, resource, verb, need, isNeeded }));
}

/**
 * Asks what this account may, now and every five minutes, and names what is missing whenever that has changed. Where the
 * cluster does not answer such questions everything is tried.
 */
export class AskedNotifierRights implements NotifierRights {
  readonly #options: NotifierRightsOptions;
  #missing: readonly AccountRight[] = [];
  #toldText = '';
  #cancel: Release = () => {};

  constructor(options: NotifierRightsOptions) {
    this.#options = options;
  }

  mayWatch(what: WorkloadKind | 'Pod'): boolean {
    const { group, resource } = RESOURCES[what];
    return !this.#missing.some((right) => right.group === group && right.resource === resource);
  }

  mayReadScales(): boolean {
    return !this.#missing.some(({ subresource }) => subresource === 'scale');
  }

  /** Asks for the first time. Throws Failure `denied` when HPAs may not be looked at. */
  async ask(): Promise<void> {
    const missing = await this.#askAll();
    const needed = missing.filter(({ isNeeded }) => isNeeded);
    if (needed.length > 0) throw new Failure('denied', rightsText(needed), { hint: rightsHint(needed, MANIFEST) });
    this.#take(missing);
  }

  /** Asks again from time to time until released. */
  follow(onChange: () => void): Release {
    const again = async (): Promise<void> => {
      try {
        if (this.#take(await this.#askAll())) onChange();
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        this.#options.log.debug('what this account may is not known now', { error: errorText(thrown) });
      }
      later();
    };
    let isReleased = false;
    const later = (): void => {
      if (!isReleased) this.#cancel = this.#options.ioClock.after(ASK_AGAIN_MS, () => void again());
    };
    later();
    return () => {
      isReleased = true;
      this.#cancel();
    };
  }

  async #askAll(): Promise<readonly AccountRight[]> {
    const { client, namespaces, log } = this.#options;
    const places = namespaces ?? [undefined];
    const found = await Promise.all(places.map((namespace) => missingRights(client, RIGHTS, log, namespace)));
    const missing = new Set(found.flatMap((rights) => rights ?? []));
    return RIGHTS.filter((right) => missing.has(right));
  }

  /** Whether something has changed. */
  #take(missing: readonly AccountRight[]): boolean {
    const { log } = this.#options;
    const text = missing.length === 0 ? '' : rightsText(missing);
    const isChanged = text !== this.#toldText;
    this.#missing = missing;
    this.#toldText = text;
    if (isChanged && text !== '') log.warn(text, { hint: rightsHint(missing, MANIFEST) });
    if (isChanged && text === '') log.info('this account has all the rights that a notifier needs');
    return isChanged;
  }
}
