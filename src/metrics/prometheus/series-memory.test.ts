import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { faultServer } from '../../../test/kube/fault-server.ts';

const LISTING_PROCESS = 'test/prometheus/series-listing-process.ts';
/** MiB. What the process loads takes a third of it, the list as text would take two thirds, and as values many times as much. */
const HEAP_MIB = 24;

test(`a list of a hundred thousand series passes through a heap of ${HEAP_MIB} MiB`, async () => {
  let writtenBytes = 0;
  const server = await faultServer([
    async (_incoming, outgoing) => {
      writtenBytes = await writeSeries(outgoing);
    },
  ]);
  try {
    const args = [`--max-old-space-size=${HEAP_MIB}`, LISTING_PROCESS, server.url];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('100000 series of 1000 names\n');
    expect(writtenBytes).toBeGreaterThan(14 * 1024 * 1024);
  } finally {
    await server.close();
  }
});

/** As Prometheus answers, no faster than it is read. */
async function writeSeries(outgoing: ServerResponse): Promise<number> {
  let writtenBytes = 0;
  const write = async (text: string): Promise<void> => {
    writtenBytes += text.length;
    if (!outgoing.write(text)) await once(outgoing, 'drain');
  };
  outgoing.setHeader('content-type', 'application/json');
  await write('{"status":"success","data":[');
  for (let index = 0; index < 100_000; index += 1) {
    const name = `metric_${index % 1000}`;
    const labels = { __name__: name, namespace: 'shop', pod: `pod-${index}`, instance: 'x'.repeat(80) };
    await write(`${index === 0 ? '' : ','}${JSON.stringify(labels)}`);
  }
  outgoing.end(']}');
  return writtenBytes;
}
