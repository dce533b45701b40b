import { buildCommand, type Command } from '@stricli/core';
import type { LabFlags } from '../config/lab-config.ts';
import type { CliContext } from './context.ts';

const value = { kind: 'parsed', parse: String, optional: true, placeholder: 'value' } as const;

/** `podtide lab`: everything on this machine, nothing else needed. `programVersion` is the program's own: `0.1.0`. */
export function createLabCommand(programVersion: string): Command<CliContext> {
  return buildCommand<LabFlags, [], CliContext>({
    docs: {
      brief: 'An embedded cluster with load, a controller and a web page, on this machine',
      fullDescription:
        'Starts an API server that kubectl talks to, workloads that follow recorded traffic, and the controller, on loopback only. Ctrl-C ends it. With -o json it prints one JSON record for each change and ends when the story does.',
    },
    parameters: {
      flags: {
        story: { ...value, brief: 'walkthrough, shop, prometheus, or all: the first two (default)' },
        empty: { kind: 'boolean', brief: 'a cluster without any story, for your own manifests', default: false },
        real: {
          kind: 'boolean',
          brief: 'pods are processes of this machine, Services listen on its loopback interface; Linux only',
          default: false,
        },
        speed: { ...value, brief: 'how fast time runs: 1, 30x (default with a story), or max' },
        output: { ...value, brief: 'live (default) or json' },
        port: { ...value, brief: 'port of the API server; the system chooses when absent' },
        webPort: { ...value, brief: 'port of the web page; the system chooses when absent' },
        kubeconfig: { ...value, brief: 'file that the kubeconfig is written to (default ~/.podtide/lab.kubeconfig)' },
        prometheus: {
          ...value,
          brief:
            'what pods of Prometheus’ image are: auto (default: the prometheus on PATH at --speed 1, else the lab’s own), embedded, or the path of a program',
        },
        kubernetesVersion: {
          ...value,
          brief: 'release whose API the server shows: 1.36 (default), or 1.20 with autoscaling/v2beta2',
        },
        featureGates: { ...value, brief: 'GATE=true|false, joined by commas' },
        lang: { ...value, brief: 'en or zh-CN; LANG when absent' },
      },
      aliases: { o: 'output' },
    },
    func: async function (this: CliContext, flags: LabFlags): Promise<void> {
      const { parseLabConfig } = await import('../config/lab-config.ts');
      const config = parseLabConfig(flags, this.environment);
      const [{ startLab }, { showLab }, { createPinoLog }] = await Promise.all([
        import('../processes/run-lab.ts'),
        import('./lab-screen.ts'),
        import('../../platform/telemetry/pino-log.ts'),
      ]);
      const lab = await startLab({ config, programVersion, log: createPinoLog({ level: 'warn' }) });
      const hide = showLab(lab, config, this);
      try {
        await lab.run(this.signal);
      } finally {
        hide();
        await lab.close();
      }
    },
  });
}
