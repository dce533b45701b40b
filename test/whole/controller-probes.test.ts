import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseControllerConfig } from '../../src/app/config/controller-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { runController } from '../../src/app/processes/run-controller.ts';
import { writeKubeconfig } from '../../src/lab/apiserver/kubeconfig.ts';
import {
  createServingAuthority,
  type ServedApiServer,
  serveApiServer,
} from '../../src/lab/apiserver/serve-api-server.ts';
import { openListener } from '../../src/platform/http/listener.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { ADMIN_TOKEN, startApiServer } from '../fixtures/api-server.ts';

const ioClock = createSystemClock();
let folder: string;
let served: ServedApiServer;
let arePodsWithheld = true;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-probes-'));
  const authority = await createServingAuthority(ioClock);
  const { apiServer } = startApiServer({
    ioClock,
    faults: ({ url }) =>
      arePodsWithheld && url.includes('/pods?')
        ? { kind: 'status', code: 503, reason: 'ServiceUnavailable', retryAfterSeconds: 1 }
        : undefined,
  });
  served = await serveApiServer({ apiServer, ioClock, port: 0, authority });
  const entry = { url: served.url, authorityCertificate: authority.certificate, token: ADMIN_TOKEN };
  await writeKubeconfig(join(folder, 'kubeconfig'), entry);
});

afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true, force: true });
});

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const listener = await openListener({ port: 0, ioClock, handle: () => new Response() });
  await listener.close(0);
  return listener.port;
}

/** Asks until the answer has the wanted status, and returns its text. */
async function answerWith(status: number, url: string): Promise<string> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const text = await answer?.text();
    if (answer?.status === status) return text ?? '';
    await new Promise((resolve) => ioClock.after(50, () => resolve(undefined)));
  }
}

test('while the caches fill, the process is alive and not ready; then it is ready', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const config = parseControllerConfig({
    kubeconfig: join(folder, 'kubeconfig'),
    listen: `127.0.0.1:${port}`,
    'decisions-without-token': true,
    'log-level': 'error',
  });
  const stopping = new AbortController();
  const running = runController(config, readEnvironment({}), stopping.signal);
  const base = `http://127.0.0.1:${port}`;
  expect(await answerWith(500, `${base}/readyz`)).toContain('the watch caches are not complete');
  expect(await answerWith(200, `${base}/livez`)).toContain('ok');
  arePodsWithheld = false;
  expect(await answerWith(200, `${base}/readyz`)).toContain('ok');
  stopping.abort(new Error('the test is over'));
  await running;
});
