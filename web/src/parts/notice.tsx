import type { ComponentChildren } from 'preact';

/** A state with nothing to show: what is so, and what to do about it. */
export function Notice({
  title,
  text,
  code,
  detail,
  isQuiet = false,
  children,
}: {
  title: string;
  text?: string;
  code?: string;
  detail?: string;
  isQuiet?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <main id="main" class={isQuiet ? 'notice quiet' : 'notice'} tabIndex={-1} aria-busy={isQuiet}>
      <svg class="notice-wave" viewBox="0 0 96 32" aria-hidden="true">
        <path d="M2 22c11 0 11-10 23-10s11 10 23 10 11-10 23-10 11 10 23 10" />
      </svg>
      <h1>{title}</h1>
      {text === undefined ? null : <p>{text}</p>}
      {code === undefined ? null : (
        <pre>
          <code>{code}</code>
        </pre>
      )}
      {detail === undefined ? null : <p class="detail">{detail}</p>}
      {children}
    </main>
  );
}
