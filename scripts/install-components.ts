/**
 * Finds or installs what the end-to-end tests need beside npm's packages: the real control plane, metrics-server,
 * prometheus-adapter, Prometheus, Chromium, libfaketime, ab, and the kubectl versions. Prints one line for each; ends
 * with 6 when something cannot be had.
 */
import { errorText, FAILURE_RULES, Failure } from '../src/base/failure.ts';
import { buildPrograms } from './cluster/build.ts';
import { cacheFolder } from './cluster/cache.ts';
import { componentsOf, KUBERNETES_RELEASES, METRICS_SERVER, PROMETHEUS_ADAPTER } from './cluster/components.ts';
import { findAb, installAb } from './components/ab.ts';
import { findChromium, installChromium } from './components/chromium.ts';
import { findFaketime, installFaketime } from './components/faketime.ts';
import {
  findKubectl,
  installKubectl,
  KUBECTL_MINORS,
  kubectlVersion,
  OPTIONAL_KUBECTL_MINOR,
} from './components/kubectl.ts';
import { runProgram } from './components/program.ts';
import { findPrometheus, installPrometheus, prometheusVersion } from './components/prometheus.ts';

const OPTIONAL = [`kubectl ${OPTIONAL_KUBECTL_MINOR}`];

let hasDebianLists = false;

for (const release of KUBERNETES_RELEASES) {
  await provide(`control plane of ${release}`, async () => {
    const components = componentsOf(release);
    const programs = await buildPrograms(cacheFolder(process.env), (line) => console.error(line), components);
    return components.map(({ name }) => programs[name]).join(' ');
  });
}
for (const component of [METRICS_SERVER, PROMETHEUS_ADAPTER]) {
  await provide(component.name, async () => {
    const programs = await buildPrograms(cacheFolder(process.env), (line) => console.error(line), [component]);
    return programs[component.name];
  });
}
await provide('prometheus', async () => {
  const path = (await findPrometheus()) ?? (await installPrometheus(refreshDebianLists));
  return `${await prometheusVersion(path)} ${path}`;
});
await provide('chromium', async () => {
  const found = findChromium();
  if (found !== undefined) return found;
  await refreshDebianLists();
  return await installChromium();
});
await provide('faketime', async () => {
  const found = findFaketime();
  if (found !== undefined) return found;
  await refreshDebianLists();
  return await installFaketime();
});
await provide('ab', async () => {
  const found = findAb();
  if (found !== undefined) return found;
  await refreshDebianLists();
  return await installAb();
});
for (const minor of KUBECTL_MINORS) {
  await provide(`kubectl ${minor}`, async () => {
    const path = (await findKubectl(minor)) ?? (await installKubectl(minor, refreshDebianLists));
    return `${await kubectlVersion(path)} ${path}`;
  });
}

async function provide(name: string, find: () => Promise<string>): Promise<void> {
  try {
    console.log(`${name}: ${await find()}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reasons = [error.message, error.cause, error.hint].filter((part) => part !== undefined).map(errorText);
    console.log(`${name}: missing: ${reasons.join('; ')}`);
    if (!OPTIONAL.includes(name)) process.exitCode = FAILURE_RULES.unavailable.exitCode;
  }
}

/** A fresh machine has no package lists; without them apt-get finds nothing. */
async function refreshDebianLists(): Promise<void> {
  if (hasDebianLists) return;
  await runProgram('apt-get', ['update']).catch((cause: unknown) => {
    throw new Failure('unavailable', 'apt-get update failed', { cause });
  });
  hasDebianLists = true;
}
