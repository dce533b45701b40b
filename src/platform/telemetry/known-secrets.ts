import { BoundedMap } from '../../base/bounded-map.ts';
import { KNOWN_SECRETS_COUNT_MAX } from '../../base/sink-limits.ts';

/** What stands in the place of a secret. */
const MASK = '***';

/** A form that is shorter than this is too common to be looked for within other texts. */
const FORM_LENGTH_MIN = 6;

/**
 * The secrets that this process holds, so that the last step before any text leaves it can take them out, whoever wrote the
 * text: a library's error, a receiver's answer, a stack trace. It knows each of them as it is, as JSON, in a URL, and as
 * base64 wherever it may stand within (a Basic header encodes `user:password`).
 *
 * It is the last of three layers: values that do not print themselves, and fields that are never logged, come before it.
 */
export class KnownSecrets {
  /** Forms by the secret that they are of, the latest learnt last. */
  readonly #formsOf = new BoundedMap<string, { readonly shown: string; readonly forms: readonly string[] }>(
    KNOWN_SECRETS_COUNT_MAX,
  );
  #shownByForm: ReadonlyMap<string, string> = new Map();
  #pattern: RegExp | undefined;

  /**
   * From now on `value` is shown as `shown`. Shorter values than six characters are not secrets: whoever reads secrets
   * refuses them.
   */
  learn(value: string, shown = MASK): void {
    if (value.length < FORM_LENGTH_MIN) return;
    const known = this.#formsOf.get(value);
    this.#formsOf.set(value, known ?? { shown, forms: formsOf(value) });
    if (known !== undefined) return;
    this.#shownByForm = new Map(
      [...this.#formsOf.values()].flatMap(({ shown: mask, forms }) => forms.map((form) => [form, mask] as const)),
    );
    // The longest first: a URL before the token within it.
    const forms = [...this.#shownByForm.keys()].sort((left, right) => right.length - left.length);
    this.#pattern = new RegExp(forms.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  }

  /** The text without any secret that was learnt. */
  redact(text: string): string {
    if (this.#pattern === undefined) return text;
    return text.replace(this.#pattern, (form) => this.#shownByForm.get(form) ?? MASK);
  }
}

/** Everything that a secret may look like within a text. */
function formsOf(value: string): readonly string[] {
  const encoded = encodeURIComponent(value);
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    ...[0, 1, 2].flatMap((offset) => base64Forms(value, offset)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= FORM_LENGTH_MIN);
}

/**
 * The characters of base64 that depend on the value alone when `offset` other bytes, modulo three, come before it; what
 * follows it may change the last one.
 */
function base64Forms(value: string, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const text = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
}
