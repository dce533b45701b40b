/** A chart's title, and its legend with the values at the instant that is pointed at. */
export function Caption({
  title,
  when,
  items,
}: {
  title: string;
  when: string;
  items: readonly { readonly text: string; readonly swatch: string; readonly value: number | string | null }[];
}) {
  return (
    <figcaption>
      <h2>{title}</h2>
      <span class="when">{when}</span>
      <ul class="legend">
        {items.map(({ text, swatch, value }) => (
          <li key={swatch}>
            <span class={`swatch ${swatch}`} aria-hidden="true" />
            {text} <b>{value ?? '–'}</b>
          </li>
        ))}
      </ul>
    </figcaption>
  );
}
