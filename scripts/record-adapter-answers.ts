/**
 * Records what upstream's prometheus-adapter answers: `node scripts/record-adapter-answers.ts [PART...]`. A real API
 * server, a real Prometheus and the real adapter are asked everything again; what changes in
 * `test/conformance/adapter-answers` is what has changed in one of them. Parts are answers, prometheus-requests and
 * start-ups; all of them when none is named.
 */
import { PARTS, recordAdapterAnswers } from '../test/e2e/adapter/recorder.ts';

const named = process.argv.slice(2);
const unknown = named.find((part) => PARTS[part] === undefined);
if (unknown !== undefined) throw new Error(`${unknown} is no part: ${Object.keys(PARTS).join(', ')}`);
await recordAdapterAnswers(named.length === 0 ? Object.keys(PARTS) : named, (text) => console.error(text));
