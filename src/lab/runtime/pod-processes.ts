import { REAL_POD_CONTAINERS_COUNT_MAX } from '../../base/limits.ts';
import { parseQuantity, quantityToNumber } from '../../base/quantity.ts';
import type { Container, Pod } from '../world/objects.ts';
import type { PodRun, WaitingContainer } from '../world/runtime/container-runtime.ts';
import type { ContainerAllowance } from './accounting.ts';
import type { ContainerProcess } from './container-process.ts';
import { type ContainerProgram, type ContainerRefusal, programOf } from './container-program.ts';

/** Starts one container of a pod. */
export type StartContainer = (container: Container, program: ContainerProgram) => ContainerProcess;

/** The containers of one pod as processes; none of them is started unless all can be. */
export class PodProcesses {
  readonly uid: string;
  readonly containers: ReadonlyMap<string, ContainerProcess>;
  readonly #refusals: readonly WaitingContainer[];
  #isStopped = false;

  constructor(pod: Pod, start: StartContainer) {
    this.uid = pod.metadata.uid ?? '';
    const programs = pod.spec.containers.map((container) => [container, programFor(pod, container)] as const);
    this.#refusals = programs.flatMap(([{ name }, program]) =>
      program.kind === 'refused' ? [{ name, reason: program.reason, message: program.message }] : [],
    );
    const started = this.#refusals.length > 0 ? [] : programs;
    this.containers = new Map(
      started.map(([container, program]) => [container.name, start(container, program as ContainerProgram)]),
    );
  }

  /** How they stand. */
  run(): PodRun {
    if (this.#isStopped) return { kind: 'stopped' };
    if (this.#refusals.length > 0) return { kind: 'waiting', containers: this.#refusals };
    const processes = [...this.containers];
    const exits = processes.flatMap(([, { exit }]) => exit ?? []);
    // A pod is over when all its containers are; it failed when one of them did.
    if (exits.length === processes.length) {
      const failed = exits.find(({ exitCode }) => exitCode !== 0);
      return { kind: 'ended', exit: failed ?? (exits.at(-1) as (typeof exits)[number]) };
    }
    return {
      kind: 'running',
      containers: processes.map(([name, { startedAtMs, restartCount, isUp }]) => ({
        name,
        startedAtMs,
        restartCount,
        isUp,
      })),
    };
  }

  /** Ends them all within the grace period; a shorter one counts, however late it is named. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.containers.values()].map((process) => process.stop(graceMs)));
    this.#isStopped = true;
  }
}

/** What a container's resources come to in cores. */
export function allowanceOf({ resources }: Container): ContainerAllowance {
  const limitCores = coresOf(resources?.limits?.['cpu']);
  return { limitCores: limitCores ?? null, requestCores: coresOf(resources?.requests?.['cpu']) ?? limitCores ?? 0 };
}

function coresOf(text: string | undefined): number | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? undefined : quantityToNumber(quantity);
}

function programFor(pod: Pod, container: Container): ContainerProgram | ContainerRefusal {
  const { length } = pod.spec.containers;
  if (length <= REAL_POD_CONTAINERS_COUNT_MAX) return programOf(pod, container);
  return {
    kind: 'refused',
    reason: 'CreateContainerError',
    message: `a pod has ${length} containers; lab --real starts at most ${REAL_POD_CONTAINERS_COUNT_MAX} of one pod`,
  };
}
