import { setImmediate } from 'node:timers/promises';
import { answerTop, type TopAnswer } from '../../../src/app/cli/run-top.ts';
import { readEnvironment } from '../../../src/app/config/environment.ts';
import { parseTopWords } from '../../../src/app/config/top-config.ts';
import { createTopCluster } from '../../../src/app/processes/top/top-cluster.ts';
import type { TopNotice } from '../../../src/core/explain/top-notices.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import { LabCluster } from './lab-cluster.ts';

/** Answers a request instead of the cluster, or changes what the cluster answers; undefined lets it pass. */
export type Interception = (path: string, pass: () => Promise<Response>) => Promise<Response> | undefined;

/** A lab's cluster, and `podtide top` in it, whose requests may be met on their way. */
export class TopStage {
  readonly cluster = new LabCluster();
  readonly notices: TopNotice[] = [];
  interception: Interception = () => undefined;

  /** What `podtide top WORDS` writes; domain time runs meanwhile. */
  async top(words: string): Promise<TopAnswer> {
    const { cluster } = this;
    const transport = createHandleTransport(
      (request) => {
        const pass = (): Promise<Response> => cluster.server.handle(request);
        return this.interception(new URL(request.url).pathname, pass) ?? pass();
      },
      { headers: { authorization: 'Bearer whole-test' } },
    );
    const top = createTopCluster({
      kube: { transport, ioClock: cluster.clock, userAgent: 'whole-test', random: () => 0.5 },
      server: 'https://lab.test:6443',
      namespace: 'default',
      clock: cluster.clock,
      notify: (notice) => this.notices.push(notice),
    });
    const config = parseTopWords(words.split(' '), readEnvironment({}));
    return await this.#drive(answerTop(config, top, new AbortController().signal));
  }

  /** Lets a second pass only when nothing moves any more: requests take no time. */
  async #drive<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    while (!isSettled) {
      for (let turn = 0; turn < TURNS_PER_SECOND_COUNT && !isSettled; turn += 1) await setImmediate();
      if (!isSettled) await this.cluster.runTo(Math.floor(this.cluster.secondsNow()) + 1);
    }
    return await work;
  }
}

const TURNS_PER_SECOND_COUNT = 200;

/** A Status as the API server words it. */
export function statusAnswer(code: number, reason: string, message: string, details: object = {}): Promise<Response> {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  return Promise.resolve(Response.json(body, { status: code }));
}
