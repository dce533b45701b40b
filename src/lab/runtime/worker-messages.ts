import type { RequestCommand } from '../world/traffic/request-loop-command.ts';

/** What a container's process is told to be; its one argument, as JSON. */
export interface WorkerOrder {
  /** How it calls itself in `ps` and `top`. */
  readonly title: string;
  readonly work: WorkerWork;
  /** Cores that it keeps itself to where no cgroup does; null for none. */
  readonly dutyCores: number | null;
}

export type WorkerWork =
  | { readonly kind: 'squareRoots'; readonly rootCount: number; readonly address: string; readonly port: number }
  | { readonly kind: 'page'; readonly address: string; readonly port: number }
  /** Asks again and again, or once when `pauseMs` is null. */
  | { readonly kind: 'requests'; readonly command: RequestCommand; readonly pauseMs: number | null };

/** What the process tells its runtime. */
export type WorkerReport =
  /** It listens, or is about to ask. */
  | { readonly kind: 'up' }
  /** It wants to know where a name leads. */
  | { readonly kind: 'resolve' };

/** Where the name of a process's command leads now. */
export interface ResolveAnswer {
  /** Null when nothing has that name. */
  readonly target: { readonly address: string; readonly port: number } | null;
  /** What the client prints when there is no target, or nobody answers there. */
  readonly complaint: string;
}
