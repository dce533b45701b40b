import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, startApiServer } from '../../../test/fixtures/api-server.ts';
import { Failure } from '../../base/failure.ts';
import { LAB_SERVICE_LISTENERS_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { createHandleTransport } from '../../platform/kube/handle-transport.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { LabServices } from './lab-services.ts';

let services: LabServices;

beforeEach(async () => {
  const ioClock = createSystemClock();
  const tested = startApiServer();
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const kube = { transport, ioClock, userAgent: 'podtide-test', log: SILENT_LOG };
  services = new LabServices({ kube, ioClock, log: SILENT_LOG, urlOf: () => undefined });
  await services.start();
});

afterEach(() => services.stop());

describe('a URL of the cluster’s inside', () => {
  test.each([
    { why: 'localhost', url: 'http://localhost:9090/prefix' },
    { why: 'an address of loopback, over TLS', url: 'https://127.0.0.1:9090' },
    { why: 'of the other family', url: 'http://[::1]:9090' },
  ])('stays as it is when it is this machine’s own: $why', async ({ url }) => {
    expect(await services.insideUrlOf(url, 'default')).toBe(url);
  });

  test('leads to a listener of this machine, the same for whoever asks; without a Service nobody listens', async () => {
    const ask = () => services.insideUrlOf('http://prometheus.monitoring.svc:9090/prefix', 'default');
    const [one, other] = await Promise.all([ask(), ask()]);
    expect(one).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/prefix$/);
    expect(other).toBe(one);
    await expect(fetch(one)).rejects.toThrow('fetch failed');
    expect(await services.insideUrlOf('http://prometheus', 'default')).not.toBe(one);
  });

  test('is refused over TLS', async () => {
    const asked = services.insideUrlOf('https://prometheus.monitoring.svc', 'default');
    await expect(asked).rejects.toThrow(
      new Failure('invalid', 'https://prometheus.monitoring.svc: programs of the lab reach Services over http alone'),
    );
  });

  test('is refused beyond the bound', async () => {
    const urlOf = (number: number) => services.insideUrlOf(`http://service-${number}`, 'default');
    for (let number = 0; number < LAB_SERVICE_LISTENERS_COUNT_MAX; number += 1) await urlOf(number);
    await expect(urlOf(LAB_SERVICE_LISTENERS_COUNT_MAX)).rejects.toThrow(
      `at most ${LAB_SERVICE_LISTENERS_COUNT_MAX} ports of Services`,
    );
    expect(await urlOf(0)).toMatch(/^http:/);
  });
});
