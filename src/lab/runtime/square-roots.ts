/**
 * The work of the walkthrough's page: `$x += sqrt($x)`, so many times and one more, from 0.0001 on. Each root waits for the
 * one before, so no compiler makes it cheaper.
 */
export function squareRootSum(rootCount: number): number {
  let sum = 0.0001;
  for (let index = 0; index <= rootCount; index++) sum += Math.sqrt(sum);
  return sum;
}
