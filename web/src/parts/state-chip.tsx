import type { HpaState } from '../words.ts';

const SHAPES: Readonly<Record<HpaState, string>> = {
  failing: 'M6 1.5 11 10.5H1Z',
  paused: 'M3 2h2v8H3zM7 2h2v8H7z',
  capped: 'M1 1.5h10v2H1zM6 4.5 10 10.5H2Z',
  scalingUp: 'M6 1.5 11 8H1Z',
  scalingDown: 'M6 10.5 1 4h10Z',
  held: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Zm-.8 2h1.6v2.7l1.7 1.7-1.1 1.1-2.2-2.2Z',
  steady: 'M1 5h10v2H1z',
};

/** How an HPA fares: a shape and a word, never colour alone. */
export function StateChip({ state, text }: { state: HpaState; text: string }) {
  return (
    <span class={`chip ${state}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path fill-rule="evenodd" d={SHAPES[state]} />
      </svg>
      {text}
    </span>
  );
}
