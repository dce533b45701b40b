import { buildCommand } from '@stricli/core';
import type { NotifyTestFlag, Typed } from '../config/notify-config.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<NotifyTestFlag, string>> = {
  config: 'the file of sinks and routes',
  kubeconfig: 'kubeconfig file, for secrets that are Secrets of a cluster',
  context: 'context of the kubeconfig',
  'sink-ca-file': 'authorities in PEM that sinks’ certificates may be of beside the usual ones',
  lang: 'en or zh-CN; the locale decides when absent',
};

/** `podtide notify test`. */
export const notifyTestCommand = buildCommand<Typed<NotifyTestFlag>, [sink: string], CliContext>({
  docs: {
    brief: 'Send one message to a sink, which says that it is a test',
    fullDescription:
      'Sends it at once, past routes, silences and queues; it counts for the receiver’s quota. Exit codes: 0 delivered, 2 the receiver refused it for what the configuration says, 4 no such sink or destination, 6 it may work later.',
  },
  parameters: {
    flags: Object.fromEntries(Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp({}, brief)])) as never,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'name of the sink in the configuration', parse: String, placeholder: 'sink' }],
    },
  },
  func: async function (this: CliContext, flags: Typed<NotifyTestFlag>, sink: string): Promise<void> {
    const [{ parseNotifyTest }, { sendTestMessage }, { createSystemClock }] = await Promise.all([
      import('../config/notify-config.ts'),
      import('../processes/notify-test.ts'),
      import('../../platform/time/system-clock.ts'),
    ]);
    const config = parseNotifyTest(sink, flags, this.environment);
    await sendTestMessage(config, this.environment, createSystemClock(), this.signal);
    await writeSafely(this.process.stdout, `${sink}: delivered\n`);
  },
});
