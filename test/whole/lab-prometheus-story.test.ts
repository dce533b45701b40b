import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labChange } from '../../src/app/cli/lab-report.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { parseLabConfig } from '../../src/app/config/lab-config.ts';
import { startLab } from '../../src/app/processes/run-lab.ts';
import { SILENT_LOG } from '../../src/base/log.ts';

/** The story in some twenty seconds of this machine. */
const SPEED = '60';

test('an HPA on a bare counter goes up and stays; on a rate it comes down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  const flags = { story: 'prometheus', empty: false, real: false, speed: SPEED, output: 'json' };
  const config = parseLabConfig({ ...flags, kubeconfig: join(folder, 'kubeconfig') }, readEnvironment({}));
  const lab = await startLab({ config, programVersion: '0.0.0', log: SILENT_LOG });
  const changes: string[] = [];
  const unwatch = lab.feed.watch((record) => {
    const change = labChange(record, 'en');
    if (change !== undefined) changes.push(`${change.hpa} ${change.from}→${change.to}`);
  });
  try {
    await lab.run(new AbortController().signal);
    expect(changes).toEqual(['default/test-prometheus-hpa 1→2', 'default/test-prometheus-rate 2→1']);
  } finally {
    unwatch();
    await lab.close();
    await rm(folder, { recursive: true });
  }
}, 180_000);
