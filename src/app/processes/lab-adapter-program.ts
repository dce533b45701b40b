import { untilAborted } from '../../base/cancellation.ts';
import { Failure } from '../../base/failure.ts';
import { namespaceOf } from '../../lab/world/objects.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { parseAdapterWords } from '../config/adapter-config.ts';
import type { PrometheusChoice } from '../config/prometheus-choice.ts';
import type { ContainerPlace } from './contained-program.ts';
import { adapterInContainer } from './container-paths.ts';
import { serveAdapter } from './run-adapter.ts';

/** `podtide adapter` in a container of the lab, with the words of prometheus-adapter or its own, until it shall end. */
export async function runAdapterWords(words: readonly string[], place: ContainerPlace): Promise<void> {
  const { options, host, root, print, environment, bindingOf } = place;
  const { clock, ioClock, programVersion } = options;
  const start = parseAdapterWords(words, environment);
  if (start.kind === 'version') {
    print(`${programVersion}\n`);
    return;
  }
  const { signal } = host;
  const { serving, ...config } = adapterInContainer(root.folder, start.config);
  const telemetry = createTelemetry({ isProcessMeasured: false });
  const log = createPinoLog({ level: config.logLevel, stream: { write: print } });
  const bound = {
    ...config,
    serving: { ...serving, ...bindingOf(serving.port) },
    prometheus: await insidePrometheus(config.prometheus, place),
  };
  const run = { environment, programVersion, signal, clock, ioClock, log, telemetry };
  await serveAdapter({ ...start, config: bound }, run, async ({ url }) => {
    host.listen(serving.port, url);
    await untilAborted(signal);
  });
}

/** Where Prometheus is reached on this machine. */
async function insidePrometheus(
  choice: PrometheusChoice,
  { options, host }: Pick<ContainerPlace, 'options' | 'host'>,
): Promise<PrometheusChoice> {
  if (choice.kind === 'file')
    throw new Failure(
      'invalid',
      '--prometheus-backends: an adapter of the lab is told of its Prometheus by --prometheus-url',
    );
  const url = await options.insideUrlOf(choice.backend.url, namespaceOf(host.pod));
  return { ...choice, backend: { ...choice.backend, url } };
}
