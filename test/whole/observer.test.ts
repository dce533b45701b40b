import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { observationText } from '../../src/app/cli/observe-report.ts';
import type { ControllerFlags } from '../../src/app/config/controller-config.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import { DecisionHistory } from '../../src/control/history/decision-history.ts';
import { ObservationLog } from '../../src/control/history/observation-log.ts';
import type { Behavior, HpaStatus } from '../../src/core/autoscaling/types.ts';
import { LANGUAGES } from '../../src/core/explain/language.ts';
import { blocksOf } from '../documents.ts';
import { ControllerWorld, DEPLOYMENTS, HPAS } from './support/controller-world.ts';

let world: ControllerWorld;
let isScraped = true;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
  isScraped = true;
  scrape();
});

afterEach(() => world.end());

/** Usage as metrics-server has it: measured every 15 s, and the same for everybody who asks in between. */
function scrape(): void {
  const measured = world.usage();
  world.listPods = isScraped ? async () => measured : undefined;
  world.clock.after(15_000, scrape);
}

/** Starts an observer; answers with its log. */
async function observe(flags: ControllerFlags = {}): Promise<ObservationLog> {
  const log = new ObservationLog('kind');
  const history = new DecisionHistory('kind', SILENT_LOG);
  history.watch((record) => log.take(record));
  await world.controller({ ...flags, mode: 'observe' }, { history });
  return log;
}

/** What the observer says of every move: verdict or why it cannot compare, the counts, and the codes of the reasons. */
function verdicts(log: ObservationLog): readonly string[] {
  const { disagreements, notComparable } = log.observation(null);
  return [...disagreements, ...notComparable]
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ kind, unknown, atMs, fromReplicas, theirReplicas, ourReplicas, reasons }) => {
      const codes = reasons.map(({ code }) => code).join(' ');
      return `${world.secondsOf(atMs)} ${unknown?.code ?? kind} ${fromReplicas}→${theirReplicas ?? '-'}/${ourReplicas ?? '-'} ${codes}`;
    });
}

/** A person, or whoever else writes the scale. */
async function writeScale(name: string, specReplicas: number): Promise<number> {
  const ref = { namespace: 'shop', name };
  const scale = await world.client.getScale(DEPLOYMENTS, ref);
  const before = scale.spec.replicas ?? 0;
  await world.client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: specReplicas } });
  return before;
}

/** What upstream's controller writes when it reconciles: the scale if the count changes, then the status. */
async function actAs(name: string, desiredReplicas: number, changes: Partial<HpaStatus> = {}): Promise<void> {
  const currentReplicas = (await world.specReplicas(name)) ?? 0;
  if (currentReplicas !== desiredReplicas) await writeScale(name, desiredReplicas);
  const hpa = await world.getHpa(name);
  const scaled = currentReplicas === desiredReplicas ? {} : { lastScaleTime: formatRfc3339(world.clock.nowMs()) };
  const conditions = [
    { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches' },
    { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'the HPA was able to' },
    { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange', message: 'the desired count is' },
  ];
  const status = { ...hpa.status, currentReplicas, desiredReplicas, currentMetrics: null, conditions, ...scaled };
  await world.client.replace(HPAS, { ...hpa, status: { ...status, ...changes } }, { subresource: 'status' });
}

describe('an observer beside a controller that acts', () => {
  test.each([
    { why: 'half a period behind', startsAt: 22 },
    { why: 'just behind', startsAt: 31 },
    { why: 'just ahead', startsAt: 44 },
  ])('agrees with every move of one with the same rules: $why', async ({ startsAt }) => {
    await world.controller();
    const web = await world.deploy('web', 1, 0);
    await world.hpa('web', 'web');
    await world.runTo(startsAt);
    const log = await observe();
    await world.runTo(100);
    web.loadMilli = 610;
    await world.runTo(400);
    web.loadMilli = 200;
    await world.runTo(1_000);
    const { counts, agreementRatio, quietCount, hpaCount } = log.observation(null);
    expect(counts).toEqual({ agreedMove: 3, otherNumber: 0, theyMovedAlone: 0, weMovedAlone: 0, notComparable: 0 });
    expect([agreementRatio, hpaCount, await world.specReplicas('web')]).toEqual([1, 1, 2]);
    expect(quietCount).toBeGreaterThan(30);
  });

  test('agrees with the end of a window that is still open for us, although the numbers show the new pods already', async () => {
    isScraped = false;
    await world.controller();
    const web = await world.deploy('web', 7, 610);
    await world.hpa('web', 'web');
    await world.runTo(8);
    const log = await observe();
    await world.runTo(400);
    web.loadMilli = 200;
    await world.runTo(800);
    expect(await world.specReplicas('web')).toBe(2);
    expect(verdicts(log)).toEqual([]);
    expect(log.observation(null).counts.agreedMove).toBe(1);
  });

  const behavior: Behavior = {
    scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }], stabilizationWindowSeconds: 0 },
    scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 90 }], stabilizationWindowSeconds: 30 },
  };

  test('agrees where policies count what was really done: its memory has the other’s moves', async () => {
    await world.controller();
    const web = await world.deploy('web', 2, 200);
    await world.hpa('web', 'web', { behavior });
    await world.runTo(9);
    const log = await observe();
    await world.runTo(100);
    web.loadMilli = 900;
    await world.runTo(500);
    web.loadMilli = 400;
    await world.runTo(1_200);
    const { counts } = log.observation(null);
    expect(counts).toEqual({ agreedMove: 9, otherNumber: 0, theyMovedAlone: 0, weMovedAlone: 0, notComparable: 0 });
  });

  test('sees other flags in both directions, with the reason, as the how-to page shows it', async () => {
    await world.controller({ 'horizontal-pod-autoscaler-downscale-stabilization': '2m' });
    const web = await world.deploy('web', 2, 200);
    await world.hpa('web', 'web');
    await world.runTo(4);
    const log = await observe({
      'horizontal-pod-autoscaler-downscale-stabilization': '30s',
      'horizontal-pod-autoscaler-tolerance': '0.4',
    });
    await world.runTo(60);
    web.loadMilli = 260;
    await world.runTo(180);
    web.loadMilli = 60;
    await world.runTo(400);
    expect(verdicts(log)).toEqual(['75 theyMovedAlone 2→3/2 OurTolerance', '214 weMovedAlone 3→-/1 TheirWindow']);
    expect(log.observation(null).agreementRatio).toBe(0);
    for (const language of LANGUAGES) {
      const text = observationText(log.observation('shop'), language).replaceAll(/(decision: |决定：)kind~.*/g, '$1ID');
      const shown = blocksOf(`docs/how-to/${language}/observe.md`).find((block) => block.language === 'text');
      expect(text).toBe(`${shown?.text}\n`);
    }
    expect(observationText(log.observation('bank'), 'en')).toBe('The observer has synced no HPA yet.\n');
  });
});

describe('an observer beside somebody who writes what he likes', () => {
  test('a move to another number, a move alone, a person’s change, and moves that we make alone', async () => {
    const log = await observe({ 'horizontal-pod-autoscaler-downscale-stabilization': '0s' });
    const web = await world.deploy('web', 4, 400);
    await world.hpa('web', 'web');
    await actAs('web', 4);
    await world.runTo(20);
    await actAs('web', 6);
    await world.runTo(80);
    await writeScale('web', 4);
    await world.runTo(140);
    web.loadMilli = 640;
    await actAs('web', 9);
    await world.runTo(200);
    web.loadMilli = 1_200;
    await world.runTo(300);
    expect(verdicts(log)).toEqual([
      '20 theyMovedAlone 4→6/4 OurTolerance',
      '30 weMovedAlone 6→-/4 TheirTolerance',
      '140 otherNumber 4→9/7 ',
      '150 weMovedAlone 9→-/7 TheirTolerance',
      '210 weMovedAlone 9→-/10 TheirTolerance',
    ]);
  });

  test('nobody writes the status: there is nobody to agree with', async () => {
    const log = await observe();
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    await world.runTo(60);
    expect(verdicts(log)).toEqual(['15 NobodyActs 1→-/4 ']);
    expect(log.observation(null).agreementRatio).toBeNull();
  });

  test('a scale-down in our first window proves nothing', async () => {
    const log = await observe();
    await world.deploy('web', 4, 100);
    await world.hpa('web', 'web');
    await actAs('web', 4);
    await world.runTo(20);
    await actAs('web', 1);
    await world.runTo(60);
    expect(verdicts(log)).toEqual(['20 WindowUnknown 4→1/4 ']);
  });

  test('a deleted HPA is no disagreement', async () => {
    const log = await observe();
    await world.deploy('web', 4, 100);
    await world.hpa('web', 'web');
    await actAs('web', 4);
    await world.runTo(20);
    await world.client.delete(HPAS, { namespace: 'shop', name: 'web' });
    await writeScale('web', 2);
    await world.runTo(120);
    expect(verdicts(log)).toEqual([]);
  });
});
