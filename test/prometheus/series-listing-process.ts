/**
 * Lists every series of the Prometheus at that address and prints how many there are of how many names: a process of its own,
 * so that its heap can be bounded.
 */
import { createPrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { plainBackend } from './scripted-prometheus.ts';

const [url = ''] = process.argv.slice(2);
const client = createPrometheusClient(plainBackend(url), { ioClock: createSystemClock(), userAgent: 'podtide-test' });
const { value } = await client.series({ selectors: ['{namespace!=""}'] }, new AbortController().signal);
const seriesCount = value.reduce((sum, fold) => sum + fold.seriesCount, 0);
process.stdout.write(`${seriesCount} series of ${value.length} names\n`);
await client.close();
