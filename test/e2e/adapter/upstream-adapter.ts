import { buildPrograms } from '../../../scripts/cluster/build.ts';
import { cacheFolder } from '../../../scripts/cluster/cache.ts';
import { PROMETHEUS_ADAPTER } from '../../../scripts/cluster/components.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';
import { chartReleaseWords, grantChartRights } from './chart-release.ts';

/** prometheus-adapter 0.12.0, built as its own releases are. */
export const UPSTREAM: AdapterUnderTest = {
  name: 'upstream',
  differences: { answers: [], requests: [], startUps: [] },
  install: grantChartRights,
  async commandOf(cluster, options) {
    const programs = await buildPrograms(cacheFolder(process.env), () => {}, [PROMETHEUS_ADAPTER]);
    const { words, port } = await chartReleaseWords(cluster, options);
    return { command: { name: options.name, program: programs['prometheus-adapter'], args: words }, port };
  },
};
