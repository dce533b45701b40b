import { untilAborted } from '../../base/cancellation.ts';
import { expositionText } from '../../lab/world/node/kubelet/exposition.ts';
import type { HostedProgram } from '../../lab/world/runtime/hosted-program.ts';
import { openListener } from '../../platform/http/listener.ts';
import type { LabProgramsOptions } from './contained-program.ts';

/** Of its pod, as the tutorial has it. */
const PORT = 8080;
const GREETING = 'Hello, World!';
const DRAIN_MS = 200;

/**
 * The app that tutorials on custom metrics build as `test_prometheus`: it says hello, each hello adds one to
 * `myapp_processed_ops_total`, and `/metrics` shows the number.
 */
export function createCountingApp({
  ioClock,
  machine,
}: Pick<LabProgramsOptions, 'ioClock' | 'machine'>): HostedProgram {
  return {
    make: async (host) => async () => {
      let helloCount = 0;
      const handle = (request: Request): Response => {
        // Of a story's load nobody says hello, and it counts all the same.
        if (new URL(request.url).pathname === '/metrics') return pageOf(helloCount + host.servedCount());
        helloCount += 1;
        return new Response(GREETING, { headers: TEXT_HEADERS });
      };
      const listener = await openListener({
        ...(machine?.bindingOf(host.podIp, PORT) ?? { port: 0 }),
        ioClock,
        handle,
      });
      host.listen(PORT, listener.url);
      await untilAborted(host.signal);
      await listener.close(DRAIN_MS);
      return 0;
    },
  };
}

const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8' } as const;

function pageOf(processedCount: number): Response {
  const text = expositionText([
    {
      name: 'myapp_processed_ops_total',
      help: 'The total number of processed events',
      type: 'counter',
      series: [{ value: processedCount }],
    },
  ]);
  return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
}
