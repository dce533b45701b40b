import { SILENT_LOG } from '../../src/base/log.ts';
import { Deliveries } from '../../src/people/notify/delivery/deliveries.ts';
import { plainMessage } from '../../src/people/notify/delivery/plain-message.ts';
import type { Sink } from '../../src/people/sink/sink.ts';
import { SqliteStore } from '../../src/platform/store/sqlite-store.ts';
import type { GuardedStore, StoreChanges } from '../../src/platform/store/store.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { stageOf } from './notices.ts';
import { routeOf } from './routes.ts';

/**
 * A process that tells of some episodes through two sinks and ends when all is told, or ends itself without a word at an
 * instant that it is given: `node delivering-process.ts DATABASE URL EPISODES [INSTANT]`. It says `done` when all is told.
 */
const [, , path = '', url = '', episodeCount = '0', crashAt = ''] = process.argv;

const ioClock = createSystemClock();
const NEVER = new AbortController().signal;
const SINKS = ['ding', 'mail'];

/** No handler runs, nothing is flushed. */
function endAt(instant: string): void {
  if (instant === crashAt) process.kill(process.pid, 'SIGKILL');
}

const store = new SqliteStore({ path, identity: `process-${process.pid}`, ioClock, log: SILENT_LOG });
let markCount = 0;

/** The store, with the instants around its writes. Of the marks it is the third that counts, in the middle of the work. */
const watched: GuardedStore = {
  claim: (signal) => store.claim(signal),
  put: (key, text, withinMs) => store.put(key, text, withinMs),
  remove: (key, withinMs) => store.remove(key, withinMs),
  release: (deadlineMs) => store.release(deadlineMs),
  commit: (key, text, signal) => watched.append(new Map([[key, text]]), signal),
  append: async (changes, signal) => {
    const instant = instantOf(changes);
    endAt(`before ${instant}`);
    await store.append(changes, signal);
    endAt(`after ${instant}`);
  },
};

function instantOf(changes: StoreChanges): string {
  const texts = [...changes.values()].join('');
  if (texts.includes('"inFlight":{')) {
    markCount += 1;
    return markCount === 3 ? 'mark' : '';
  }
  if (texts.includes('"settledAtMs"')) return 'settled';
  return texts.includes('"rows"') ? 'journal' : '';
}

function sinkTo(name: string): Sink {
  return {
    name,
    quota: { key: name, countMax: 18, periodMs: 60_000, burstCount: 6 },
    send: async ({ id, notices, isPossibleDuplicate }, signal) => {
      const noticeIds = notices.map((notice) => notice.id);
      const body = JSON.stringify({ sink: name, id, noticeIds, isPossibleDuplicate, pid: process.pid, crashAt });
      const answer = await fetch(url, { method: 'POST', body, signal });
      await answer.text();
      endAt('answered');
      return { kind: 'sent' };
    },
  };
}

const deliveries = new Deliveries({
  store: watched,
  ioClock,
  log: SILENT_LOG,
  random: Math.random,
  render: plainMessage,
  routing: {
    cluster: 'prod',
    sinks: new Map(SINKS.map((name) => [name, sinkTo(name)])),
    routes: [routeOf({ sinks: SINKS })],
    mustAsk: false,
    expireAfterMs: 86_400_000,
    onDoubt: 'resend',
  },
});

const states = await deliveries.begin(NEVER);
for (let index = 0; index < Number(episodeCount); index++) {
  const notice = stageOf(index, 'scale.up.started');
  const place = `uid-web-${index}`;
  // What was stored was told of, or will be: whoever watches goes on behind it.
  if (states.has(`${place}.state`)) continue;
  await deliveries.record({ place, entries: new Map([[`${place}.state`, 'started']]), notices: [notice] }, NEVER);
}
while (deliveries.statuses().some(({ openCount }) => openCount > 0)) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await deliveries.end(5_000);
process.stdout.write('done\n');
