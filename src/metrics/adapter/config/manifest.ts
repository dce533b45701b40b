import { type Document, isMap, isScalar } from 'yaml';
import { keyText, type MistakenDocument, memberOf } from './mistaken-document.ts';

const CONFIG_KEYS = ['rules', 'externalRules', 'resourceRules'] as const;

/**
 * Recognises a manifest of Kubernetes, which people take for the configuration that is in it: `apiVersion` and `kind`, and
 * no rules beside them. Undefined when the document is none.
 */
export function findManifest({ contents }: Document): MistakenDocument | undefined {
  if (!isMap(contents) || CONFIG_KEYS.some((key) => memberOf(contents, key) !== undefined)) return undefined;
  const kind = memberOf(contents, 'kind');
  if (memberOf(contents, 'apiVersion') === undefined || !isScalar(kind)) return undefined;
  const data = kind.value === 'ConfigMap' ? memberOf(contents, 'data') : undefined;
  const entries = isMap(data) ? data.items : [];
  const files = entries.map(({ key, value }) => [keyText(key), isScalar(value) ? String(value.value) : ''] as const);
  return { finding: { code: 'Manifest', objectKind: String(kind.value), files }, offset: contents.range?.[0] ?? 0 };
}
