import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { AnnotationIndex } from './annotation-index.ts';

/** Shows in each exposition how many metrics HPAs bring their queries along for, and of how many nobody is served. */
export function exposeAnnotations(telemetry: Telemetry, index: Pick<AnnotationIndex, 'counts'>): void {
  const metrics = telemetry.gauge({
    name: 'podtide_adapter_query_annotations_count',
    help: 'Metrics of namespaces that HPAs bring queries along for: served, ignored, or conflicting between HPAs.',
    labels: ['state'],
  });
  telemetry.beforeExposition(() => {
    const { query, ignored, conflict } = index.counts();
    metrics.set(query, { state: 'served' });
    metrics.set(ignored, { state: 'ignored' });
    metrics.set(conflict, { state: 'conflicting' });
  });
}
