import { type IoClock, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { Deliveries } from '../../people/notify/delivery/deliveries.ts';
import type { Silence } from '../../people/notify/delivery/silence.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import { silenceText } from '../config/silence-text.ts';
import { type AccountRight, missingRights, rightsText } from './account-rights.ts';
import { CONFIG_MAPS, type ReadSilences, readSilences, SILENCE_MAP_NAME, type SilenceMap } from './silence-map.ts';

/** What following silences takes. */
export interface SilenceFollowing {
  readonly client: KubeClientOptions;
  readonly ownNamespace: string;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** Silences that are followed. */
export interface FollowedSilences {
  stop(): Promise<void>;
}

const RIGHTS: readonly AccountRight[] = ['list', 'watch'].map((verb) => ({
  group: '',
  resource: 'configmaps',
  verb,
  name: SILENCE_MAP_NAME,
  need: `silences in ${SILENCE_MAP_NAME} are not obeyed`,
  isNeeded: false,
}));

const RETRY_MS = 5_000;

/** Lets the deliveries obey the silences that people put into the ConfigMap, as it is now and as it becomes. */
export function followSilences(
  options: SilenceFollowing,
  deliveries: Pick<Deliveries, 'silences' | 'silence' | 'unsilence'>,
): FollowedSilences {
  const follower = new SilenceFollower(options, deliveries);
  const begun = follower.begin();
  return {
    stop: async () => {
      await follower.stop();
      await begun;
    },
  };
}

class SilenceFollower {
  readonly #options: SilenceFollowing;
  readonly #deliveries: Pick<Deliveries, 'silences' | 'silence' | 'unsilence'>;
  readonly #ending = new AbortController();
  #cache: Reflector<SilenceMap, ReadSilences> | undefined;
  #agreeing: Promise<void> = Promise.resolve();
  #toldText = '';

  constructor(options: SilenceFollowing, deliveries: Pick<Deliveries, 'silences' | 'silence' | 'unsilence'>) {
    this.#options = options;
    this.#deliveries = deliveries;
  }

  async begin(): Promise<void> {
    const { client, ownNamespace: namespace, log } = this.#options;
    try {
      const missing = await missingRights(client, RIGHTS, log, namespace);
      if (missing !== null && missing.length > 0) {
        log.warn(rightsText(missing));
        return;
      }
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      // What may be done shows when it is tried.
      log.debug('what this account may is not known now', { error: errorText(thrown) });
    }
    if (this.#ending.signal.aborted) return;
    const fieldSelector = `metadata.name=${SILENCE_MAP_NAME}`;
    const cache = createReflector<SilenceMap, ReadSilences>(client, {
      type: CONFIG_MAPS,
      namespace,
      fieldSelector,
      project: readSilences,
    });
    this.#cache = cache;
    const changed = (): void => this.#agree();
    cache.subscribe({ added: changed, updated: changed, deleted: changed });
    cache.start().then(changed, (thrown: unknown) => {
      // Stopped before it held anything.
      if (!(thrown instanceof Failure)) throw thrown;
    });
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Failure('unavailable', 'the notifier stops'));
    await this.#cache?.stop();
    await this.#agreeing;
  }

  /** One after the other, each with what stands there at its beginning. */
  #agree(): void {
    if (this.#cache?.isSynced !== true) return;
    this.#agreeing = this.#agreeing.then(() => this.#makeAgree());
  }

  async #makeAgree(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const [found] = [...(this.#cache?.values() ?? [])];
        this.#tell(found?.problems ?? []);
        await this.#take(found?.silences ?? [], signal);
        return;
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        if (signal.aborted) return;
        this.#options.log.warn('silences could not be taken into use yet', { error: errorText(thrown) });
        await sleep(this.#options.ioClock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  async #take(wanted: readonly Silence[], signal: AbortSignal): Promise<void> {
    const { ioClock, log } = this.#options;
    const current = new Map(this.#deliveries.silences().map((silence) => [silence.id, silence]));
    for (const silence of wanted) {
      const known = current.get(silence.id);
      current.delete(silence.id);
      const isSame = known !== undefined && silenceText(known) === silenceText(silence);
      if (isSame || silence.endsAtMs <= ioClock.wallMs()) continue;
      await this.#deliveries.silence(silence, signal);
      const { id, author, comment } = silence;
      log.info('a silence is obeyed', { id, author, comment });
    }
    for (const id of current.keys()) {
      await this.#deliveries.unsilence(id, signal);
      log.info('a silence has been taken away', { id });
    }
  }

  #tell(problems: readonly string[]): void {
    const text = problems.join('\n');
    if (text !== this.#toldText && text !== '') {
      this.#options.log.warn('silences that cannot be read are not obeyed', { problems });
    }
    this.#toldText = text;
  }
}
