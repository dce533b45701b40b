import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { LOG_BACKLOG_BYTES_MAX } from '../../base/limits.ts';
import { createHealth } from './health.ts';
import { createPinoLog } from './pino-log.ts';
import { createTelemetry } from './registry.ts';

describe('telemetry', () => {
  test('two registries know nothing of each other, and an exposition refreshes what follows other state', async () => {
    const one = createTelemetry();
    const other = createTelemetry();
    const syncs = one.counter({ name: 'podtide_syncs_total', help: 'Syncs.', labels: ['outcome'] });
    const queue = one.gauge({ name: 'podtide_queue_items', help: 'Waiting.' });
    const lag = one.histogram({ name: 'podtide_lag_seconds', help: 'Lag.', buckets: [0.1, 1] });
    one.beforeExposition(() => queue.set(7));
    syncs.add({ outcome: 'ok' });
    syncs.add({ outcome: 'ok' }, 2);
    lag.observe(0.5);
    expect((await one.expose()).text.trim().split('\n')).toEqual([
      '# HELP podtide_syncs_total Syncs.',
      '# TYPE podtide_syncs_total counter',
      'podtide_syncs_total{outcome="ok"} 3',
      '',
      '# HELP podtide_queue_items Waiting.',
      '# TYPE podtide_queue_items gauge',
      'podtide_queue_items 7',
      '',
      '# HELP podtide_lag_seconds Lag.',
      '# TYPE podtide_lag_seconds histogram',
      'podtide_lag_seconds_bucket{le="0.1"} 0',
      'podtide_lag_seconds_bucket{le="1"} 1',
      'podtide_lag_seconds_bucket{le="+Inf"} 1',
      'podtide_lag_seconds_sum 0.5',
      'podtide_lag_seconds_count 1',
    ]);
    expect((await other.expose()).text.trim()).toBe('');
  });

  test('a log line carries its fields and no secrets', () => {
    const lines: string[] = [];
    const log = createPinoLog({ level: 'info', stream: { write: (line: string) => lines.push(line) } });
    log.debug('not at this level');
    log.with({ part: 'controller' }).warn('refused', { token: 'abc', user: { token: 'def', name: 'x' } });
    const { time, ...line } = JSON.parse(lines.join(''));
    expect(line).toEqual({
      level: 'warn',
      part: 'controller',
      token: '…',
      user: { token: '…', name: 'x' },
      msg: 'refused',
    });
    expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  });
});

describe('standard error that nobody reads', () => {
  const PROGRAM = `
    import { createPinoLog } from ${JSON.stringify(new URL('./pino-log.ts', import.meta.url).href)};
    const log = createPinoLog({ level: 'info' });
    for (let line = 0; line < 5_000; line++) log.info('x'.repeat(1_000));
    process.stdout.write('decided');
  `;
  const run = () =>
    spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', 'pipe'] });

  test('loses lines, and the program goes on', async () => {
    const program = run();
    try {
      const [said] = await once(program.stdout, 'data');
      expect(String(said)).toBe('decided');
    } finally {
      program.kill('SIGKILL');
    }
  }, 20_000);

  test('while whoever reads it gets every line up to the bound, the last words too', async () => {
    const program = run();
    let text = '';
    for await (const chunk of program.stderr) text += chunk;
    const lines = text.split('\n').length - 1;
    expect(lines).toBeGreaterThanOrEqual(Math.floor(LOG_BACKLOG_BYTES_MAX / 1_100));
    expect(lines).toBeLessThan(5_000);
  }, 20_000);
});

describe('health', () => {
  const rows: readonly {
    why: string;
    path: string;
    late?: string;
    stuck?: string;
    status: number | undefined;
    body?: string;
  }[] = [
    { why: 'all well is one word', path: '/readyz', status: 200, body: 'ok' },
    {
      why: 'every check by name',
      path: '/readyz?verbose',
      status: 200,
      body: '[+]loop ok\n[+]hook/filter ok\n[+]caches ok\nreadyz check passed\n',
    },
    { why: 'one check alone', path: '/readyz/caches', status: 200, body: 'ok' },
    {
      why: 'one check alone says why',
      path: '/readyz/caches',
      late: 'cold',
      status: 500,
      body: 'internal server error: cold\n',
    },
    {
      why: 'a check with slashes in its name, as upstream has them',
      path: '/livez/hook/filter',
      status: 200,
      body: 'ok',
    },
    {
      why: 'a check that is left out, and one that is none',
      path: '/readyz?exclude=caches&exclude=nope&exclude=x',
      late: 'cold',
      status: 200,
      body: 'ok',
    },
    {
      why: 'left out checks are told of',
      path: '/readyz?verbose&exclude=caches&exclude=nope&exclude=x',
      late: 'cold',
      status: 200,
      body: '[+]loop ok\n[+]hook/filter ok\n[+]caches excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nope", "x"\nreadyz check passed\n',
    },
    {
      why: 'a stuck loop shows at /livez',
      path: '/livez?verbose',
      stuck: 'no tick',
      status: 500,
      body: '[+]loop ok\n[+]hook/filter ok\n[-]tick failed: no tick\nlivez check failed\n',
    },
    { why: 'and nowhere else', path: '/healthz', stuck: 'no tick', status: 200, body: 'ok' },
    { why: 'no such check', path: '/readyz/nope', status: 404, body: '404 no check "nope"\n' },
    {
      why: 'not ready says why',
      path: '/readyz',
      late: 'cold',
      status: 500,
      body: '[+]loop ok\n[+]hook/filter ok\n[-]caches failed: cold\nreadyz check failed\n',
    },
    { why: 'not ready is no reason to be restarted', path: '/livez', late: 'cold', status: 200, body: 'ok' },
    { why: 'the old name of liveness', path: '/healthz', status: 200, body: 'ok' },
    { why: 'somebody else’s path', path: '/metrics', status: undefined },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const health = createHealth();
      health.add({ name: 'loop', kind: 'live', problem: () => undefined });
      health.add({ name: 'hook/filter', kind: 'live', problem: () => undefined });
      health.add({ name: 'tick', kind: 'timely', problem: () => row.stuck });
      health.add({ name: 'caches', kind: 'ready', problem: () => row.late });
      const answer = health.answer(new URL(`http://x${row.path}`));
      expect({ status: answer?.status, body: await answer?.text() }).toEqual({ status: row.status, body: row.body });
    });
  }

  test('open to everybody, the endpoints keep the reason to themselves, and the check alone tells it', async () => {
    const health = createHealth({ isOpen: true });
    health.add({ name: 'caches', kind: 'ready', problem: () => 'node-7: x509' });
    const shown = async (path: string) => await health.answer(new URL(`http://x${path}`))?.text();
    expect(await shown('/readyz')).toBe('[-]caches failed: reason withheld\nreadyz check failed\n');
    expect(await shown('/readyz/caches')).toBe('internal server error: node-7: x509\n');
    expect(health.paths()).toEqual(['/healthz', '/livez', '/readyz', '/readyz/caches']);
  });
});
