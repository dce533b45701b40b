/** Colours of the charts, read from the style sheet so that page and canvas agree. */
export interface Palette {
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly surface: string;
  readonly replicas: string;
  readonly replicasFill: string;
  readonly desired: string;
  readonly metric: string;
  readonly band: string;
  readonly font: string;
}

/** The colours in force now. A variable may be a `light-dark()` pair, so each is resolved on a real element. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    ink: colour('--ink'),
    faint: colour('--ink-soft'),
    grid: colour('--grid'),
    surface: colour('--surface'),
    replicas: colour('--replicas'),
    replicasFill: colour('--replicas-fill'),
    desired: colour('--desired'),
    metric: colour('--metric'),
    band: colour('--band'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
  probe.remove();
  return palette;
}
