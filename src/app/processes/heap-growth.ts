import { setFlagsFromString } from 'node:v8';

/**
 * By how many percent V8 lets the heap of this process grow before it collects all of it. By itself it lets one that works
 * little grow by a tenth, and buffers outside the heap, which live for a moment, count as growth.
 */
export function letHeapGrow(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/**
 * Has V8 prefer a small heap to speed, for a process that works little and waits much; the rest of its run is meant. Code of
 * its baseline compiler, most of which would run a few times a minute, is some MiB; what runs often is optimized as ever.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--no-sparkplug');
}

/**
 * Has the program do by itself the parts of a collection for which V8 would have its threads help and then wait for all of
 * them: where other processes have the cores, the wait takes longer than the help saves. These parts begin and end within one
 * stop of the program, so that they may be changed while it runs; marking, which goes on beside it, may not.
 */
export function collectUnaided(): void {
  for (const part of ['scavenge', 'compaction', 'pointer-update']) setFlagsFromString(`--no-parallel-${part}`);
}
