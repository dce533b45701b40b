import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createTutorialLabs, type TutorialLab } from '../support/tutorial-lab.ts';

const labs = createTutorialLabs();
let lab: TutorialLab;

afterEach(labs.close);

describe('behavior', () => {
  const rows = [
    {
      file: 'my-app-hpa',
      name: 'my-app-hpa',
      stored: {
        scaleUp: up(60, [percent(100, 15)]),
        scaleDown: down(300, [percent(50, 60)]),
      },
      described: block(
        ['60 seconds', ['Percent  Value: 100  Period: 15 seconds']],
        ['300 seconds', ['Percent  Value: 50  Period: 60 seconds']],
      ),
    },
    {
      file: 'defaults',
      name: 'my-app-defaults',
      stored: {
        scaleUp: up(0, [percent(100, 15), pods(4, 15)]),
        scaleDown: down(300, [percent(100, 15)]),
      },
      described: block(
        ['0 seconds', ['Percent  Value: 100  Period: 15 seconds', 'Pods  Value: 4  Period: 15 seconds']],
        ['300 seconds', ['Percent  Value: 100  Period: 15 seconds']],
      ),
    },
    {
      file: 'fast-up',
      name: 'my-app-fast',
      stored: {
        scaleUp: up(0, [percent(900, 15), pods(20, 15)]),
        scaleDown: down(undefined, [percent(100, 15)]),
      },
      described: block(
        ['0 seconds', ['Percent  Value: 900  Period: 15 seconds', 'Pods  Value: 20  Period: 15 seconds']],
        [undefined, ['Percent  Value: 100  Period: 15 seconds']],
      ),
    },
    {
      file: 'calm',
      name: 'my-app-calm',
      stored: {
        scaleUp: up(120, [pods(4, 15), percent(100, 15)]),
        scaleDown: down(600, [percent(100, 15)]),
      },
      described: block(
        ['120 seconds', ['Pods  Value: 4  Period: 15 seconds', 'Percent  Value: 100  Period: 15 seconds']],
        ['600 seconds', ['Percent  Value: 100  Period: 15 seconds']],
      ),
    },
  ];

  test('as stored and as described', async () => {
    lab = await labs.open();
    for (const { file, name, stored, described } of rows) {
      expect(await lab.shown(`kubectl apply -f examples/behavior/${file}.yaml`)).toBe(
        `horizontalpodautoscaler.autoscaling/${name} created`,
      );
      const { stdout } = await lab.type(`kubectl get hpa ${name} -o yaml`);
      expect(parse(stdout).spec.behavior).toEqual(stored);
      const text = await lab.shown(`kubectl describe hpa ${name}`);
      expect(text.slice(text.indexOf('Behavior:'), text.indexOf('Deployment pods:')).trim()).toBe(described);
    }
  });
});

describe('looking for what is wrong', () => {
  test('raw metrics, conditions, and what the nodes have left', async () => {
    lab = await labs.open();
    await lab.shown('kubectl apply -f examples/walkthrough/php-apache.yaml -f examples/walkthrough/hpa.yaml');
    await lab.eventually('kubectl get hpa php-apache', /cpu: 0%/);
    const raw = await lab.shown('kubectl get --raw /apis/metrics.k8s.io/v1beta1/namespaces/default/pods');
    expect(JSON.parse(raw)).toMatchObject({
      kind: 'PodMetricsList',
      apiVersion: 'metrics.k8s.io/v1beta1',
      items: [{ metadata: { namespace: 'default' }, containers: [{ name: 'php-apache' }] }],
    });
    const conditions = await lab.shown("kubectl get hpa php-apache -o jsonpath='{.status.conditions}'");
    expect(JSON.parse(conditions).map(({ type }: { type: string }) => type)).toEqual([
      'AbleToScale',
      'ScalingActive',
      'ScalingLimited',
    ]);
    expect(await lab.shown('kubectl describe nodes | grep -A 5 "Allocated resources"')).toMatch(
      /^Allocated resources:\n {2}\(Total limits may be over 100 percent, i\.e\., overcommitted\.\)\n {2}Resource {2}Requests {2}Limits\n {2}--- {2}--- {2}---\n {2}cpu {2}\d+m? \(\d+%\) {2}\d+m? \(\d+%\)\n {2}memory /,
    );
  });

  test("kube-controller-manager's flags are the controller's", async () => {
    lab = await labs.open();
    const flags = '--horizontal-pod-autoscaler-sync-period=10s --horizontal-pod-autoscaler-tolerance=0.2';
    const controller = lab.terminal(`node src/app/cli/main.ts controller --listen=127.0.0.1:0 ${flags}`);
    await controller.until(/observe/);
    expect(await controller.interrupt()).not.toMatch(/must|unknown flag|bug:/i);
    const refused = await lab.type(`node src/app/cli/main.ts controller --horizontal-pod-autoscaler-tolerance=plenty`);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('horizontal-pod-autoscaler-tolerance')]);
  });
});

describe('decisions of the examples', () => {
  test('14, 18, and the edge of the tolerance', async () => {
    lab = await labs.open();
    const decide = 'node src/app/cli/main.ts decide -f examples/decisions/scenarios.jsonl';
    const english = await lab.shown(`${decide} --lang en`);
    expect(english).toContain('10 → 14: cpu at 70 % of request, target 50 %');
    expect(english).toContain('10 → 18: requests-per-second at 1800 per pod, target 1000');
    expect(english).toContain('stays at 10: cpu at 55 % of request, target 50 %, within tolerance');
    expect(english).toContain('Up to Kubernetes 1.32 the upper edge was outside');
    expect(await lab.shown(`${decide} --lang zh-CN`)).toContain('在 Kubernetes 1.32 及更早版本中，上边界算作超出容差');
    expect(await lab.shown(`${decide} --check`)).toBe('3 passed, 0 failed');
  });
});

interface Policy {
  readonly type: 'Percent' | 'Pods';
  readonly value: number;
  readonly periodSeconds: number;
}

function percent(value: number, periodSeconds: number): Policy {
  return { type: 'Percent', value, periodSeconds };
}

function pods(value: number, periodSeconds: number): Policy {
  return { type: 'Pods', value, periodSeconds };
}

function up(stabilizationWindowSeconds: number, policies: readonly Policy[]): object {
  return { stabilizationWindowSeconds, selectPolicy: 'Max', policies };
}

function down(stabilizationWindowSeconds: number | undefined, policies: readonly Policy[]): object {
  return {
    ...(stabilizationWindowSeconds !== undefined && { stabilizationWindowSeconds }),
    selectPolicy: 'Max',
    policies,
  };
}

type Direction = readonly [window: string | undefined, policies: readonly string[]];

/** The block of `kubectl describe hpa`. */
function block(scaleUp: Direction, scaleDown: Direction): string {
  const direction = (title: string, [window, policies]: Direction): readonly string[] => [
    `  ${title}:`,
    ...(window === undefined ? [] : [`    Stabilization Window: ${window}`]),
    '    Select Policy: Max',
    '    Policies:',
    ...policies.map((policy) => `      - Type: ${policy}`),
  ];
  return ['Behavior:', ...direction('Scale Up', scaleUp), ...direction('Scale Down', scaleDown)].join('\n');
}

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/behavior.md')).toEqual([]);
});
