import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { HTTP_KINDS, type HttpKind, RIGS, sinkBench } from '../../../test/sinks/sink-bench.ts';
import type { SinkArrival, SinkFault } from '../../../test/sinks/sink-server.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;

/** Every value that nobody must read, the parts of URLs and what was signed with them included. */
function canariesOf(secrets: Iterable<string>, arrivals: readonly SinkArrival[]): readonly string[] {
  const parts = [...secrets].flatMap((secret) => {
    const url = secret.includes('://') ? URL.parse(secret) : null;
    if (url === null) return [secret];
    return [...url.searchParams.values(), ...url.pathname.split('/').filter((part) => part.length >= 16)];
  });
  return parts
    .flatMap((part) => [part, encodeURIComponent(part), Buffer.from(part).toString('base64')])
    .concat(
      arrivals.flatMap(({ target }) => {
        const sign = new URL(target, 'http://x').searchParams.get('sign');
        return sign === null ? [] : [sign, encodeURIComponent(sign)];
      }),
    );
}

/** A receiver that says back all that it was sent: its own words are not to be trusted either. */
function echo(arrival: SinkArrival | undefined): SinkFault {
  const body = JSON.stringify({
    errcode: 300_005,
    code: 19_001,
    errmsg: `no robot for ${arrival?.body.toString().match(/@1\d+/)} at ${arrival?.target}: ${JSON.stringify(arrival?.headers)}`,
    msg: arrival?.body.toString(),
  });
  return { kind: 'answer', answer: { status: 400, body, isTaken: false } };
}

describe.each(HTTP_KINDS)('%s keeps its secrets', (kind: HttpKind) => {
  test('in outcomes, logs, its own looks and its quota, whatever happens', async () => {
    const bench = sinkBench();
    const { server, settings } = await RIGS[kind](bench);
    closing.push(bench.close, server.close);
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) };
    const log = createPinoLog({ level: 'debug', stream, redact: (line) => bench.known.redact(line) });
    const sink = await bench.create(settings);
    const send = async (): Promise<void> => {
      const outcome = await sink.send(
        sampleDelivery({ mention: { mobiles: ['13800138000'], userIds: [], isEverybody: false } }),
        SIGNAL,
      );
      lines.push(JSON.stringify(outcome));
      log.warn('a delivery', { outcome, sink });
    };
    await send();
    const [arrival] = server.received();
    const faults: readonly SinkFault[] = [
      echo(arrival),
      { kind: 'reset' },
      { kind: 'truncated' },
      { kind: 'html' },
      { kind: 'redirect', location: 'https://elsewhere.example/' },
    ];
    for (const fault of faults) {
      server.fail(fault, 1);
      await send();
    }
    await server.refuse();
    await send();
    lines.push(inspect(sink, { depth: 9, showHidden: true }), JSON.stringify(sink), JSON.stringify(sink.quota));
    const text = lines.join('\n');
    const canaries = canariesOf(bench.secrets.values(), server.received());
    expect(canaries.length > 0 || kind === 'alertmanager').toBe(true);
    expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
    expect(text).toContain('connection refused');
    expect(text).not.toContain('13800138000');
    // Feishu and Slack have no calls by number, Alertmanager and webhooks none at all.
    if (kind === 'dingtalk') expect(text).toContain('138****8000');
  });
});

test('what is sent does have them: the search finds what is there', async () => {
  const bench = sinkBench();
  const { server, settings } = await RIGS.dingtalk(bench);
  closing.push(bench.close, server.close);
  await (await bench.create(settings)).send(sampleDelivery(), SIGNAL);
  const wire = server
    .received()
    .map(({ target }) => target)
    .join('\n');
  const found = canariesOf(bench.secrets.values(), server.received()).filter((canary) => wire.includes(canary));
  expect(found.length).toBeGreaterThanOrEqual(2);
});

test('a reference that leads nowhere is named, and nothing is sent', async () => {
  const bench = sinkBench();
  const { server, settings } = await RIGS.dingtalk(bench);
  closing.push(bench.close, server.close);
  const sink = await bench.create(settings);
  bench.secrets.delete('ding-secret');
  expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
    kind: 'misconfigured',
    detail: 'ding-secret: no such file',
  });
  bench.secrets.set('ding-secret', 'SEC-of-the-robot');
  bench.secrets.set('ding', 'not a URL');
  expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
    kind: 'misconfigured',
    detail: expect.stringContaining('ding: '),
  });
  expect(server.received()).toEqual([]);
});
