import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryStage, type Reception } from '../../../../test/notify/delivery-stage.ts';
import { stageOf } from '../../../../test/notify/notices.ts';
import { Random } from '../../../base/random.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import type { StoreChanges } from '../../../platform/store/store.ts';
import type { MessageForm } from './outbox-row.ts';

/** The instants of a delivery at which a process may end. */
type CrashPoint = 'journal' | 'mark' | 'sent' | 'answered' | 'settled';

/** What happens on the stage, one after the other. */
type Happening =
  | { readonly kind: 'notice'; readonly index: number; readonly isCritical: boolean }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'reception'; readonly sink: string; readonly reception: Reception }
  | { readonly kind: 'crash'; readonly point: CrashPoint; readonly moment: 'before' | 'after' }
  | { readonly kind: 'restart' };

const SINKS = ['ding', 'mail'] as const;
const BAN_MS = 600_000;

const receptions: fc.Arbitrary<Reception> = fc.constantFrom<Reception>(
  { kind: 'transient', detail: 'busy', retryAfterMs: undefined },
  { kind: 'transient', detail: 'busy', retryAfterMs: 45_000 },
  { kind: 'lost' },
  { kind: 'arrived' },
  { kind: 'hangs' },
  { kind: 'throttled', detail: '130101', pauseMs: BAN_MS },
  { kind: 'misconfigured', detail: 'sign', hint: '' },
  { kind: 'tooLarge', detail: '460101' },
);

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('notice' as const), index: fc.nat(30), isCritical: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 500, 4_000, 30_000, 400_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('reception' as const),
      sink: fc.constantFrom(...SINKS),
      reception: receptions,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      point: fc.constantFrom<CrashPoint>('journal', 'mark', 'sent', 'answered', 'settled'),
      moment: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** Which instant a write belongs to. */
function pointOf(changes: StoreChanges): CrashPoint | undefined {
  for (const [key, text = ''] of changes) {
    if (key.startsWith('lane-')) return text.includes('"inFlight":{') ? 'mark' : undefined;
    if (key.includes('.notice.')) return text.includes('"settledAtMs"') ? 'settled' : 'journal';
  }
  return undefined;
}

/** A run of happenings, with what it must be judged by. */
class Run {
  readonly stage: DeliveryStage;
  /** Notices whose change was recorded, or was to be again after a crash. */
  readonly told = new Map<string, Notice>();
  crashCount = 0;
  /** Messages of which a sender could not know whether they arrived, by sink, crashes aside. */
  readonly arrivedUnknownCount = new Map<string, number>();
  /** Between the answer that asked for a rest and its end, by sink. */
  readonly bans: { readonly sink: string; readonly fromMs: number }[] = [];
  readonly #waiting = new Map<string, Reception[]>();
  #armed: Extract<Happening, { kind: 'crash' }> | undefined;

  constructor(seed: number) {
    const random = Random.ofSeed(seed);
    this.stage = new DeliveryStage({ sinks: SINKS, random: () => random.nextFraction() });
    this.stage.watch = (changes, moment) => {
      if (this.#armed?.point !== pointOf(changes) || this.#armed?.moment !== moment) return false;
      this.#armed = undefined;
      return true;
    };
    this.stage.receive = (sink, _, form) => this.#receive(sink, form);
  }

  async play(happening: Happening): Promise<void> {
    const { stage } = this;
    if (happening.kind === 'crash') this.#armed = happening;
    else if (happening.kind === 'reception') {
      const waiting = this.#waiting.get(happening.sink) ?? [];
      this.#waiting.set(happening.sink, [...waiting, happening.reception]);
    } else if (happening.kind === 'restart') stage.kill();
    else if (happening.kind === 'time') await stage.runFor(happening.ms);
    else await this.#tell(happening.index, happening.isCritical);
    await this.#revive();
  }

  /** Everything is well from here on, for long enough. */
  async recover(): Promise<void> {
    this.#armed = undefined;
    this.#waiting.clear();
    await this.stage.runFor(7_200_000);
  }

  async #tell(index: number, isCritical: boolean): Promise<void> {
    const notice = stageOf(index, 'scale.up.completed', isCritical ? 'critical' : 'info');
    const started = stageOf(index, 'scale.up.started');
    const next = this.told.has(started.id) ? notice : started;
    this.told.set(next.id, next);
    await this.stage.tell(next);
    // Whoever watches begins where its stored state ends: what was not stored is found again.
    while (this.stage.isDead) {
      await this.#revive();
      await this.stage.tell(next);
    }
  }

  async #revive(): Promise<void> {
    while (this.stage.isDead) {
      this.crashCount += 1;
      await this.stage.begin();
    }
  }

  #receive(sink: string, form: MessageForm): Reception {
    const armed = this.#armed;
    if (armed?.point === 'sent' || armed?.point === 'answered') {
      this.#armed = undefined;
      return { kind: 'killed', hasArrived: armed.point === 'answered' || armed.moment === 'after' };
    }
    const reception = this.#waiting.get(sink)?.shift() ?? { kind: 'sent' };
    // What is too large even so is given up, which is not what is looked at here.
    if (reception.kind === 'tooLarge' && form !== 'full') return { kind: 'sent' };
    if (reception.kind === 'arrived') {
      this.arrivedUnknownCount.set(sink, (this.arrivedUnknownCount.get(sink) ?? 0) + 1);
    }
    if (reception.kind === 'throttled') this.bans.push({ sink, fromMs: this.stage.clock.nowMs() });
    return reception;
  }
}

const runs = fc.tuple(fc.integer(), fc.array(happenings, { minLength: 5, maxLength: 60 }));

async function played(seed: number, story: readonly Happening[]): Promise<Run> {
  const run = new Run(seed);
  await run.stage.begin();
  for (const happening of story) await run.play(happening);
  await run.recover();
  return run;
}

describe('whatever happens, and wherever processes end', () => {
  test('everything is told to everybody, and nothing twice that is not marked, nor more often than crashes and lost answers allow', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ([seed, story]) => {
        const { stage, told, crashCount, arrivedUnknownCount } = await played(seed, story);
        for (const sink of SINKS) {
          const arrivals = stage.arrivals.filter((arrival) => arrival.sink === sink);
          const seen = new Set<string>();
          let duplicateCount = 0;
          for (const { noticeIds, isPossibleDuplicate } of arrivals) {
            const isDuplicate = noticeIds.some((id) => seen.has(id));
            if (isDuplicate) duplicateCount += 1;
            expect(isDuplicate && !isPossibleDuplicate, 'a duplicate that is not marked').toBe(false);
            for (const id of noticeIds) seen.add(id);
          }
          expect(
            [...told.keys()].filter((id) => !seen.has(id)),
            `lost at ${sink}`,
          ).toEqual([]);
          expect(duplicateCount).toBeLessThanOrEqual(crashCount + (arrivedUnknownCount.get(sink) ?? 0));
        }
        expect(stage.deliveries.statuses().map(({ openCount }) => openCount)).toEqual([0, 0]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('no credential is used more often than its quota allows, in any minute, nor while it is to rest', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ([seed, story]) => {
        const { stage, bans } = await played(seed, story);
        for (const sink of SINKS) {
          const times = stage.requests.filter((request) => request.sink === sink).map(({ atMs }) => atMs);
          expect(mostWithin(times, 60_000)).toBeLessThanOrEqual(18);
          expect(mostWithin(times, 5_000)).toBeLessThanOrEqual(6);
          for (const ban of bans.filter((each) => each.sink === sink)) {
            expect(times.filter((atMs) => atMs > ban.fromMs && atMs < ban.fromMs + BAN_MS)).toEqual([]);
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

/** The most instants that lie within one span of that length, both ends included; they are ascending. */
function mostWithin(times: readonly number[], spanMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((atMs) => atMs >= from && atMs <= from + spanMs).length));
}
