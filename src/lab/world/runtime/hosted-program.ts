import type { Container, Pod } from '../objects.ts';

/**
 * A program that runs in the lab's own process where a container's image stands for it. Whoever composes the lab knows
 * which images those are; the world starts it, looks whether it is ready, and ends it as a kubelet does a container.
 */
export interface HostedProgram {
  /**
   * Makes what the container needs, and resolves with what then runs it: until it ends of itself, or soon after the signal
   * aborts, with its exit code. Rejects with a Failure when the container cannot be made, for example for want of its
   * ServiceAccount; that is tried again.
   */
  make(host: ProgramHost): Promise<() => Promise<number>>;
}

/** What a hosted program has in the place of a machine. */
export interface ProgramHost {
  readonly pod: Pod;
  readonly podIp: string;
  /** Aborts when it shall end. */
  readonly signal: AbortSignal;
  /** Requests that its pod has answered by computation: load that nobody sends. */
  servedCount(): number;
  /** What it prints is the container's log. */
  print(text: string): void;
  /** It listens on a port of the pod, which is reached at `url` on this machine: `https://127.0.0.1:34567`. */
  listen(port: number, url: string): void;
}

/** The program that a container's image and words mean; undefined for one that the runtime itself runs. */
export type ProgramFinder = (container: Container) => HostedProgram | undefined;
