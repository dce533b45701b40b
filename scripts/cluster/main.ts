/** `npm run cluster -- up|down|status|build`: a real control plane on this machine. */
import { parseArgs } from 'node:util';
import { errorText, FAILURE_RULES, Failure } from '../../src/base/failure.ts';
import { buildPrograms } from './build.ts';
import { cacheFolder } from './cache.ts';
import { startCluster } from './cluster.ts';
import { componentsOf, KUBERNETES_RELEASES, type KubernetesRelease } from './components.ts';
import { endCluster, runningProcesses } from './end.ts';
import { type ClusterState, clusterFolder, listStates, readState } from './state.ts';

const USAGE = `usage: npm run cluster -- COMMAND [options]

  up       start etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on 127.0.0.1
  down     end them and remove what they left
  status   show what runs
  build    only build the programs (about eight minutes the first time)

  --name NAME               which cluster (default: default)
  --all                     down, status: every cluster of the cache
  -o, --output json         up, status: one JSON document
  --kubernetes 1.25|1.36    up, build: which release (default 1.36); of 1.25 the API server and etcd alone
  --nodes N                 up: nodes played by kwok (default 2)
  --with-hpa-controller     up: leave upstream's own HPA controller on
  --audit-log               up: keep logs/audit.jsonl
  --controller-manager-flag FLAG, --apiserver-flag FLAG   up: further flags, may be repeated

PODTIDE_CACHE names the folder for programs and clusters (default: podtide in XDG_CACHE_HOME or ~/.cache).`;

const cache = cacheFolder(process.env);
const report = (line: string): void => console.error(line);

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(errorText(error));
  if (!(error instanceof Failure)) throw error;
  if (error.cause !== undefined) console.error(errorText(error.cause));
  if (error.hint !== undefined) console.error(error.hint);
  process.exitCode = FAILURE_RULES[error.kind].exitCode;
}

async function main(args: readonly string[]): Promise<void> {
  const { command, options } = parse(args);
  const folder = clusterFolder(cache, options.name);
  if (command === 'build') {
    const components = componentsOf(releaseOf(options));
    const programs = await buildPrograms(cache, report, components);
    for (const { name } of components) console.log(programs[name]);
  } else if (command === 'up') {
    await up(folder, options);
  } else if (command === 'down') {
    await down(options.all ? (await listStates(cache)).map((state) => state.folder) : [folder]);
  } else if (command === 'status') {
    const one = await readState(folder);
    if (one === undefined && !options.all) {
      throw new Failure('notFound', `no cluster ${options.name}`, { hint: 'start it: npm run cluster -- up' });
    }
    await show(options.all || one === undefined ? await listStates(cache) : [one], options.output);
  } else {
    console.log(USAGE);
    if (command !== 'help') process.exitCode = FAILURE_RULES.invalid.exitCode;
  }
}

type Options = ReturnType<typeof parse>['options'];

function parse(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'default' },
        all: { type: 'boolean', default: false },
        output: { type: 'string', short: 'o', default: 'text' },
        kubernetes: { type: 'string', default: '1.36' },
        nodes: { type: 'string', default: '2' },
        'with-hpa-controller': { type: 'boolean', default: false },
        'audit-log': { type: 'boolean', default: false },
        'controller-manager-flag': { type: 'string', multiple: true, default: [] },
        'apiserver-flag': { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return { command: values.help ? 'help' : positionals[0], options: values };
  } catch (error) {
    throw new Failure('invalid', errorText(error), { hint: USAGE });
  }
}

function releaseOf({ kubernetes }: Options): KubernetesRelease {
  const release = KUBERNETES_RELEASES.find((known) => known === kubernetes);
  if (release === undefined) {
    throw new Failure('invalid', `--kubernetes ${kubernetes}: must be one of ${KUBERNETES_RELEASES.join(', ')}`);
  }
  return release;
}

async function up(folder: string, options: Options): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(options.name)) {
    throw new Failure('invalid', `--name ${options.name}: must be lower case letters, digits and dashes`);
  }
  const nodeCount = Number(options.nodes);
  if (!Number.isInteger(nodeCount) || nodeCount < 0)
    throw new Failure('invalid', `--nodes ${options.nodes}: must be a whole number`);
  const earlier = await readState(folder);
  const isUp = earlier !== undefined && (await runningProcesses(earlier.processes)).length > 0;
  if (isUp) {
    report(`cluster ${options.name} is up already`);
  } else {
    const cluster = await startCluster({
      name: options.name,
      kubernetes: releaseOf(options),
      nodeCount,
      withHpaController: options['with-hpa-controller'],
      withAuditLog: options['audit-log'],
      controllerManagerFlags: options['controller-manager-flag'],
      apiServerFlags: options['apiserver-flag'],
      outlivesStarter: true,
      cache,
      report,
    });
    await cluster.api.close();
  }
  const state = await readState(folder);
  await show(state === undefined ? [] : [state], options.output);
}

async function down(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const wasThere = await endCluster(folder);
    report(wasThere ? `ended ${folder}` : `no cluster in ${folder}`);
  }
}

async function show(states: readonly ClusterState[], output: string): Promise<void> {
  const shown = await Promise.all(
    states.map(async (state) => {
      const running = await runningProcesses(state.processes);
      return {
        name: state.name,
        server: state.serverUrl,
        kubeconfig: state.kubeconfig,
        kubectl: state.kubectl,
        folder: state.folder,
        processes: state.processes.map((record) => ({
          name: record.name,
          pid: record.pid,
          isRunning: running.includes(record),
          logFile: record.logFile,
        })),
      };
    }),
  );
  if (output === 'json') {
    console.log(JSON.stringify({ clusters: shown }, null, 2));
    return;
  }
  for (const cluster of shown) {
    console.log(`${cluster.name}: ${cluster.server}`);
    for (const { name, pid, isRunning, logFile } of cluster.processes) {
      console.log(`  ${name.padEnd(24)} ${isRunning ? `pid ${pid}` : 'ended'}  ${logFile}`);
    }
    console.log(`  export KUBECONFIG=${cluster.kubeconfig}`);
    console.log(`  ${cluster.kubectl} get nodes`);
  }
}
