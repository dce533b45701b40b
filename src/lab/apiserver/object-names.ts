import {
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  pathSegmentProblems,
} from '../../base/name-syntax.ts';
import { invalid, required } from '../../core/autoscaling/field-error.ts';
import { annotationErrors, finalizerErrors, labelErrors } from '../../core/autoscaling/metadata-validation.ts';
import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import { causesOf, type FieldError, type NameRule } from './kind.ts';

/** What is wrong with the metadata of an object that is written. */
export function metadataErrors(metadata: ObjectMeta, rule: NameRule): readonly FieldError[] {
  const { name, labels, annotations, finalizers } = metadata;
  return causesOf([
    ...(name === '' ? [required('metadata.name', 'name or generateName is required')] : []),
    ...(name === '' ? [] : nameProblems(rule, name).map((problem) => invalid('metadata.name', name, problem))),
    ...labelErrors(labels ?? {}),
    ...annotationErrors(annotations ?? {}),
    ...finalizerErrors(finalizers ?? []),
  ]);
}

/** Why a name is none, in upstream's words; empty when it is fine. */
function nameProblems(rule: NameRule, name: string): readonly string[] {
  switch (rule) {
    case 'subdomain':
      return dnsSubdomainProblems(name);
    case 'label':
      return dnsLabelProblems(name);
    case 'dns1035label':
      return dns1035LabelProblems(name);
    case 'path':
      return pathSegmentProblems(name);
  }
}
