/** One sample of a container, as the kubelet told it. */
export interface TracedPoint {
  /** When it was measured, epoch ms; with a fraction for a point made from a container's start. */
  readonly atMs: number;
  /** Counted since the container started; a whole number, exact also beyond 2^53. */
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
  /** When the container started, epoch ms; null when the kubelet did not say. */
  readonly startedAtMs: number | null;
}

/** From two samples of a container to its usage. */
export interface ContainerTrace {
  readonly name: string;
  readonly last: TracedPoint;
  /** Null: there is no earlier sample to count from. */
  readonly previous: Omit<TracedPoint, 'memoryBytes'> | null;
  /** Whether `previous` is the container's start, at which its counter was 0, and no sample. */
  readonly isFromStart: boolean;
  /** Null when there is no rate: no earlier sample, or a counter that went back. */
  readonly rate: {
    readonly windowMs: number;
    readonly cpuNanoseconds: number;
    /** The API's quantities. */
    readonly cpu: string;
    readonly memory: string;
  } | null;
}

/** Where the numbers of one pod come from. */
export interface PodTrace {
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly containers: readonly ContainerTrace[];
}
