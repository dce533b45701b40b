import { matchesSelector, type Selector } from '../../../base/label-selector.ts';
import { canonicalQuantity, formatMilliQuantity, parseQuantity, quantityMilli } from '../../../base/quantity.ts';

/**
 * The value that an annotation gives a metric: one quantity (`66m`), or series with labels, separated by blanks
 * (`verb=GET:3k verb=POST:2k`), of which those that the selector matches are added up, as adapters do. Undefined when
 * none matches or the text is neither.
 */
export function selectedValue(text: string, selector: Selector): string | undefined {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  const matching = parts.flatMap((part) => {
    const series = readSeries(part);
    return series !== undefined && matchesSelector(selector, series.labels) ? [series.value] : [];
  });
  if (matching.length < 2) return canonicalQuantity(matching[0] ?? '');
  const quantities = matching.flatMap((value) => parseQuantity(value) ?? []);
  const milli = quantities.reduce((sum, quantity) => sum + Number(quantityMilli(quantity)), 0);
  return formatMilliQuantity(milli, 'DecimalSI');
}

function readSeries(
  part: string,
): { readonly labels: Readonly<Record<string, string>>; readonly value: string } | undefined {
  const colon = part.lastIndexOf(':');
  const value = part.slice(colon + 1);
  if (parseQuantity(value) === undefined) return undefined;
  const pairs = colon === -1 ? [] : part.slice(0, colon).split(',');
  if (pairs.some((pair) => !/^[^=]+=[^=]*$/.test(pair))) return undefined;
  return { labels: Object.fromEntries(pairs.map((pair) => pair.split('='))), value };
}
