/** Whether two JSON values are the same; undefined fields count as absent, and empty text is not absence. */
export function isDeepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isDeepEqual(item, right[index]))
    );
  }
  return isEqualRecord(left as Record<string, unknown>, right as Record<string, unknown>);
}

function isEqualRecord(left: Record<string, unknown>, right: Record<string, unknown>): boolean {
  for (const [name, value] of Object.entries(left)) {
    if (!isDeepEqual(value, Object.hasOwn(right, name) ? right[name] : undefined)) return false;
  }
  return Object.entries(right).every(([name, value]) => value === undefined || Object.hasOwn(left, name));
}
