/** One container as a kubelet reports it; what is left out is not in the answer. Instants are epoch seconds. */
export interface ContainerReading {
  readonly namespace?: string;
  readonly pod: string;
  readonly container: string;
  readonly cpuSeconds?: number | string;
  readonly memoryBytes?: number | string;
  readonly startSeconds?: number | string;
  readonly atSeconds?: number;
}

export interface NodeReading {
  readonly cpuSeconds?: number | string;
  readonly memoryBytes?: number | string;
  readonly atSeconds?: number;
}

/** The text that a kubelet answers at `/metrics/resource`, families in its order and pods' own series included. */
export function resourceAnswer(containers: readonly ContainerReading[], node: NodeReading = {}): string {
  const lines: string[] = [];
  const family = (name: string, type: string, samples: readonly string[]): void => {
    if (samples.length === 0) return;
    lines.push(`# HELP ${name} [STABLE] As a kubelet says it`, `# TYPE ${name} ${type}`, ...samples);
  };
  const sample = (name: string, labels: string, value: number | string | undefined, atSeconds?: number): string[] =>
    value === undefined
      ? []
      : [`${name}${labels} ${value}${atSeconds === undefined ? '' : ` ${Math.round(atSeconds * 1000)}`}`];
  const of = (name: string, value: (reading: ContainerReading) => number | string | undefined, isTimed: boolean) =>
    containers.flatMap((reading) =>
      sample(name, labelsOf(reading), value(reading), isTimed ? reading.atSeconds : undefined),
    );
  family(
    'container_cpu_usage_seconds_total',
    'counter',
    of('container_cpu_usage_seconds_total', (reading) => reading.cpuSeconds, true),
  );
  family(
    'container_memory_working_set_bytes',
    'gauge',
    of('container_memory_working_set_bytes', (reading) => reading.memoryBytes, true),
  );
  family(
    'container_start_time_seconds',
    'gauge',
    of('container_start_time_seconds', (reading) => reading.startSeconds, false),
  );
  family(
    'node_cpu_usage_seconds_total',
    'counter',
    sample('node_cpu_usage_seconds_total', '', node.cpuSeconds, node.atSeconds),
  );
  family(
    'node_memory_working_set_bytes',
    'gauge',
    sample('node_memory_working_set_bytes', '', node.memoryBytes, node.atSeconds),
  );
  family(
    'pod_cpu_usage_seconds_total',
    'counter',
    containers.map(
      ({ namespace = 'shop', pod }) => `pod_cpu_usage_seconds_total{namespace="${namespace}",pod="${pod}"} 1.5 1000`,
    ),
  );
  family('resource_scrape_error', 'gauge', ['resource_scrape_error 0']);
  return `${lines.join('\n')}\n`;
}

function labelsOf({ namespace = 'shop', pod, container }: ContainerReading): string {
  return `{container="${container}",namespace="${namespace}",pod="${pod}"}`;
}
