/**
 * Orders two resourceVersions of one type: below 0 when `left` is older. They are decimal counters of any length
 * (comparable by contract since Kubernetes 1.35, in fact always); undefined when either is something else and they differ.
 */
export function compareResourceVersions(left: string, right: string): number | undefined {
  if (left === right) return 0;
  if (!DECIMAL.test(left) || !DECIMAL.test(right)) return undefined;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : 1;
}

/** Whether `left` is known to be newer than `right`; everything is newer than no version at all. */
export function isNewerVersion(left: string, right: string | undefined): boolean {
  if (right === undefined || right === '') return left !== '';
  return (compareResourceVersions(left, right) ?? 0) > 0;
}

const DECIMAL = /^(0|[1-9][0-9]*)$/;
