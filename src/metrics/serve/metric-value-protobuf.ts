import type { LabelSelector } from '../../base/label-selector.ts';
import type { ExternalMetricValue, ObjectMetricValue } from '../source/port.ts';
import { writeTime } from './protobuf.ts';
import type { BackwardMessage } from './protobuf-message.ts';
import { describedApiVersion, sortedLabels, windowSeconds } from './value-spelling.ts';

/** An item of a `MetricValueList` of `custom.metrics.k8s.io/v1beta1`, by the field numbers of k8s.io/metrics. */
export function writeCustomBeta1(
  message: BackwardMessage,
  value: ObjectMetricValue,
  selector: LabelSelector | null,
): void {
  if (selector !== null) writeSelector(message, 6, selector);
  writeSample(message, value);
  message.text(2, value.metric);
  writeDescribedObject(message, value);
}

/** The same of `v1beta2`. */
export function writeCustomBeta2(
  message: BackwardMessage,
  value: ObjectMetricValue,
  selector: LabelSelector | null,
): void {
  writeSample(message, value);
  message.message(2, () => {
    if (selector !== null) writeSelector(message, 2, selector);
    message.text(1, value.metric);
  });
  writeDescribedObject(message, value);
}

/** An item of an `ExternalMetricValueList`. */
export function writeExternal(message: BackwardMessage, value: ExternalMetricValue): void {
  writeSample(message, value);
  writeLabels(message, 2, value.labels ?? {});
  message.text(1, value.metric);
}

/** Time, window and value stand in the same fields of all of them. */
function writeSample(
  message: BackwardMessage,
  { atMs, windowMs, value }: Pick<ObjectMetricValue, 'atMs' | 'windowMs' | 'value'>,
): void {
  message.message(5, () => message.text(1, value));
  if (windowMs !== null) message.integer(4, windowSeconds(windowMs));
  writeTime(message, 3, atMs);
}

function writeDescribedObject(message: BackwardMessage, { describedObject: described }: ObjectMetricValue): void {
  const { kind, namespace, name } = described;
  message.message(1, () =>
    message.text(5, describedApiVersion(described)).text(3, name).text(2, namespace).text(1, kind),
  );
}

function writeSelector(message: BackwardMessage, field: number, selector: LabelSelector): void {
  message.message(field, () => {
    for (const { key, operator, values = [] } of (selector.matchExpressions ?? []).toReversed()) {
      message.message(2, () => {
        // An empty one counts: `in ()` is in the empty value.
        for (const value of values.toReversed()) value === '' ? message.lengthHead(3, 0) : message.text(3, value);
        message.text(2, operator).text(1, key);
      });
    }
    writeLabels(message, 1, selector.matchLabels ?? {});
  });
}

/** Sorted, as upstream's generated code writes a map. */
function writeLabels(message: BackwardMessage, field: number, labels: Readonly<Record<string, string>>): void {
  for (const [key, value] of sortedLabels(labels).toReversed()) {
    message.message(field, () => message.text(2, value).text(1, key));
  }
}
