/** A namespaced object's name; the text form `namespace/name` exists only at the edges. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, the form of upstream's queue keys and messages. */
export function keyText(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** Reads `namespace/name` back; undefined when the text is not of that form. */
export function parseKeyText(text: string): ObjectKey | undefined {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1 || text.indexOf('/', slash + 1) !== -1) return undefined;
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}
