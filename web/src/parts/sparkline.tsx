const WIDTH = 120;
const HEIGHT = 28;

/** Replicas of the newest decisions as a small staircase; unknown counts are gaps. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={staircase(values)} />
    </svg>
  );
}

function staircase(values: readonly (number | null)[]): string {
  const peak = Math.max(1, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length);
  const parts: string[] = [];
  let isPenDown = false;
  for (const [place, value] of values.entries()) {
    if (value === null) {
      isPenDown = false;
      continue;
    }
    const y = (HEIGHT - 2 - (value / peak) * (HEIGHT - 4)).toFixed(1);
    parts.push(isPenDown ? `V${y}` : `M${(place * step).toFixed(1)} ${y}`, `H${((place + 1) * step).toFixed(1)}`);
    isPenDown = true;
  }
  return parts.join('');
}
