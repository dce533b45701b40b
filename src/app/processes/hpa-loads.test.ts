import { expect, test } from 'vitest';
import { walkthroughDecisions } from '../../../test/fixtures/walkthrough-decisions.ts';
import { reportOf } from '../../../test/fixtures/walkthrough-history.ts';
import { DASHBOARD_LOADS_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { DecisionHistory } from '../../control/history/decision-history.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { ServiceLoad } from '../../lab/world/runtime/container-runtime.ts';
import { HpaLoads } from './hpa-loads.ts';

const LOAD: ServiceLoad = { requestsPerSecond: 20, failedPerSecond: 0, latencyP95Ms: 412 };

const HPA: HorizontalPodAutoscaler = {
  metadata: { namespace: 'default', name: 'any' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'php-apache' }, maxReplicas: 10 },
};

/** Loads over a world whose Services are these, and a history that they follow. */
function loadsOver(...serviceKeys: string[]) {
  const loads = new HpaLoads({ serviceLoad: (key) => (serviceKeys.includes(key) ? LOAD : undefined) });
  const history = new DecisionHistory('lab', SILENT_LOG);
  loads.follow(history);
  const decide = (name: string, isDeleted = false): void => {
    const [decision] = walkthroughDecisions();
    if (decision === undefined) throw new Error('the story is empty');
    const report = reportOf({ ...decision, hpa: { namespace: 'default', name, uid: name }, isDeleted });
    history.record({ ...report, facts: { ...report.facts, hpa: { kind: 'found', object: HPA } } });
  };
  return { loads, decide };
}

const PHP_APACHE = { namespace: 'default', name: 'php-apache' };

test.each([
  ['the Service of its own name', 'php-apache', ['default/php-apache'], [{ ...PHP_APACHE, ...LOAD }]],
  [
    'the Service of its target’s name',
    'hpa-of-apache',
    ['default/php-apache'],
    [{ namespace: 'default', name: 'hpa-of-apache', ...LOAD }],
  ],
  ['no Service of either name', 'php-apache', ['default/other', 'shop/php-apache'], []],
])('an HPA has the load of %s', (_why, name, serviceKeys, expected) => {
  const { loads, decide } = loadsOver(...serviceKeys);
  decide(name);
  expect(loads.all()).toEqual(expected);
});

test('an HPA that is gone has none', () => {
  const { loads, decide } = loadsOver('default/php-apache');
  decide('php-apache');
  decide('php-apache', true);
  expect(loads.all()).toEqual([]);
});

test('no more are shown than a page has use for', () => {
  const { loads, decide } = loadsOver('default/php-apache');
  for (let number = 0; number <= DASHBOARD_LOADS_COUNT_MAX; number++) decide(`hpa-${number}`);
  expect(loads.all()).toHaveLength(DASHBOARD_LOADS_COUNT_MAX);
});
