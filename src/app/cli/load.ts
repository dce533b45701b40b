import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS } from '../../base/failure.ts';
import type { LoadFlags } from '../config/load-config.ts';
import type { CliContext } from './context.ts';
import { writeSafely } from './safe-output.ts';

const value = { kind: 'parsed', parse: String, optional: true, placeholder: 'value' } as const;

/** `podtide load`: requests for a Service of a lab that runs with --real. */
export const loadCommand = buildCommand<LoadFlags, [string], CliContext>({
  docs: {
    brief: 'Requests for a Service of podtide lab --real, as ab sends them',
    fullDescription:
      'Clients ask one loopback address, each again as soon as it has its answer, until so many requests are answered or the time is over. Exit code 1 when a request failed. Ctrl-C ends it early and shows what was measured.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'such as http://127.96.0.1:80/', placeholder: 'URL' }],
    },
    flags: {
      connections: { ...value, brief: 'clients at the same time (default 10)' },
      requests: { ...value, brief: 'requests in all' },
      duration: { ...value, brief: 'how long instead, such as 30s or 5m (default 10s)' },
      timeout: { ...value, brief: 'a request without an answer for so long has failed (default 60s)' },
      output: { ...value, brief: 'text (default) or json' },
      lang: { ...value, brief: 'en or zh-CN; LANG when absent' },
    },
    aliases: { c: 'connections', n: 'requests', o: 'output' },
  },
  func: async function (this: CliContext, flags: LoadFlags, address: string): Promise<void> {
    const { parseLoadConfig } = await import('../config/load-config.ts');
    const config = parseLoadConfig(address, flags, this.environment);
    const [{ runLoadTest }, { loadResult, progressText, resultText }] = await Promise.all([
      import('../../lab/runtime/load-test.ts'),
      import('./load-report.ts'),
    ]);
    const { stdout, stderr } = this.process;
    const report = await runLoadTest({
      ...config,
      signal: this.signal,
      onProgress: (soFar, lately) => void stderr.write(progressText(soFar, lately, config.language)),
    });
    const text =
      config.output === 'json' ? `${JSON.stringify(loadResult(report, config))}\n` : resultText(report, config);
    await writeSafely(stdout, text);
    if (report.failedCount > 0) this.process.exitCode = EXIT_FINDINGS;
  },
});
