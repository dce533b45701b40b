import { request } from 'node:https';
import { describe, expect, test } from 'vitest';
import { SILENT_LOG } from '../../base/log.ts';
import { DecisionHistory } from '../../control/history/decision-history.ts';
import { ObservationLog } from '../../control/history/observation-log.ts';
import { createHealth } from '../../platform/telemetry/health.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { DecisionListenConfig } from '../config/controller-config.ts';
import { serveController } from './controller-server.ts';
import type { OwnListener } from './own-listener.ts';

const LOOPBACK: DecisionListenConfig = { host: '127.0.0.1', port: 0, tls: null, isDecisionTokenWaived: false };

async function withServer<T>(where: DecisionListenConfig, use: (server: OwnListener) => Promise<T>): Promise<T> {
  const telemetry = createTelemetry();
  telemetry.counter({ name: 'podtide_syncs_total', help: 'Syncs.' }).add();
  const server = await serveController(where, {
    health: createHealth(),
    telemetry,
    feed: new DecisionHistory('kind', SILENT_LOG),
    observation: new ObservationLog('kind'),
    client: {
      create: async () => {
        throw new Error('nobody is asked without a token');
      },
    },
    ioClock: createSystemClock(),
    log: SILENT_LOG,
  });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

describe('the controller’s server', () => {
  test('shows health and metrics to everybody, decisions to bearers of a token', async () => {
    const answers = await withServer(LOOPBACK, async ({ url }) => {
      const ask = async (path: string) => {
        const answer = await fetch(`${url}${path}`);
        return [answer.status, (await answer.text()).split('\n').at(-2) ?? ''];
      };
      return [
        await ask('/healthz'),
        await ask('/readyz'),
        await ask('/metrics'),
        await ask('/decisions'),
        await ask('/observation'),
        await ask('/'),
      ];
    });
    expect(answers).toEqual([
      [200, ''],
      [200, ''],
      [200, 'podtide_syncs_total 1'],
      [401, ''],
      [401, ''],
      [404, 'not found'],
    ]);
  });

  test('decisions without a token where the operator said so', async () => {
    const waived = { ...LOOPBACK, isDecisionTokenWaived: true };
    expect(await withServer(waived, async ({ url }) => (await fetch(`${url}/decisions`)).json())).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'DecisionList',
      items: [],
    });
  });

  test('beyond loopback it speaks TLS, with a certificate of its own when it was given none', async () => {
    // Loopback by an address that is not known as such.
    const where = { ...LOOPBACK, host: '::ffff:127.0.0.1' };
    const answer = await withServer(where, async ({ url }) => [new URL(url).protocol, await statusOver(url)]);
    expect(answer).toEqual(['https:', 200]);
  });
});

function statusOver(url: string): Promise<number | undefined> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false, agent: false };
    request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
