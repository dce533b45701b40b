/** What a container has used, cumulative from the start of its process. */
export interface UsageReading {
  readonly cpuNs: number;
  readonly workingSetBytes: number;
}

/** Where a reading comes from, for people who want to look themselves. */
export interface UsageOrigin {
  /** The container's cgroup below its hierarchy; null where it has none of its own. */
  readonly cgroupPath: string | null;
  readonly cpuFile: string;
  /** The counter within the file, with its unit. */
  readonly cpuCounter: string;
  readonly memoryFile: string;
  readonly memoryCounter: string;
}

/** What a container may use. */
export interface ContainerAllowance {
  /** Null without a limit. */
  readonly limitCores: number | null;
  readonly requestCores: number;
}

/** The limits and counters of one container: a cgroup, or what stands in for it. */
export interface ContainerAccount {
  readonly origin: UsageOrigin;
  /** The counters now; undefined when the process is gone. */
  read(): UsageReading | undefined;
  /** Lets go of everything; the process has ended. */
  close(): void;
}

/** How containers are limited and counted on this machine. */
export interface Accounting {
  /** `cgroup v2`, `cgroup v1`, or `/proc` */
  readonly kind: 'cgroup v2' | 'cgroup v1' | '/proc';
  /** Whether processes have to keep to their limit themselves. */
  readonly isLimitCooperative: boolean;
  /** Opens the account of a process that has just been started. `name` is unique within the lab, without slashes. */
  open(name: string, pid: number, allowance: ContainerAllowance): ContainerAccount;
  /** Lets go of everything that the lab made. */
  close(): void;
}
