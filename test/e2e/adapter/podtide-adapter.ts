import { resolve } from 'node:path';
import { ALLOWED_ANSWERS } from '../../adapter/allowed-answers.ts';
import { ALLOWED_REQUESTS } from '../../adapter/allowed-requests.ts';
import { ALLOWED_START_UPS } from '../../adapter/allowed-start-ups.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';
import { chartReleaseWords, grantChartRights } from './chart-release.ts';

/** What is asked of Prometheus is compared question by question, so that none may be answered from the one before. */
const NOT_SHARED = '--prometheus-freshness=0s';

/** `podtide adapter` from the sources, in upstream's place: with its account, its rights and its words. */
export const PODTIDE: AdapterUnderTest = {
  name: 'podtide',
  differences: { answers: ALLOWED_ANSWERS, requests: ALLOWED_REQUESTS, startUps: ALLOWED_START_UPS },
  install: grantChartRights,
  async commandOf(cluster, options) {
    const { words, port } = await chartReleaseWords(cluster, options);
    const args = [resolve('src/app/cli/main.ts'), 'adapter', ...words, NOT_SHARED];
    return { command: { name: options.name, program: process.execPath, args }, port };
  },
};
