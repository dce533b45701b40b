import { type LabelTemplate, labelTemplateData } from './association.ts';
import { compileRegexp, type ForeignConstruct } from './go-regexp.ts';
import { parseTemplate } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

/** A label template, or why it cannot serve. */
export type LabelTemplateResult =
  | { readonly kind: 'template'; readonly template: LabelTemplate }
  | { readonly kind: 'broken'; readonly error: TemplateError }
  | { readonly kind: 'empty' }
  | { readonly kind: 'noResource' }
  | {
      readonly kind: 'badPattern';
      readonly pattern: string;
      readonly reason: string;
      readonly construct: ForeignConstruct | null;
    };

const GROUP_PATTERN = '(?P<group>.+?)';
const RESOURCE_PATTERN = '(?P<resource>.+?)';

/**
 * Compiles the template that makes labels of resources. Rendered with patterns instead of names it is also the
 * expression that reads them back, so that what it writes beside the fields counts as a regular expression.
 */
export function compileLabelTemplate(text: string): LabelTemplateResult {
  try {
    const template = parseTemplate('resource-label', text);
    const rendered = template.render(labelTemplateData(GROUP_PATTERN, RESOURCE_PATTERN));
    if (rendered === '') return { kind: 'empty' };
    const pattern = `^${rendered}$`;
    const compiled = compileRegexp(pattern);
    if (compiled.kind === 'refused') {
      return { kind: 'badPattern', pattern, reason: compiled.reason, construct: compiled.construct };
    }
    const { regexp } = compiled;
    const resourceGroup = regexp.groupNames.lastIndexOf('resource');
    if (resourceGroup < 0) return { kind: 'noResource' };
    const groupGroup = regexp.groupNames.lastIndexOf('group');
    return {
      kind: 'template',
      template: { template, regexp, resourceGroup, groupGroup: groupGroup < 0 ? null : groupGroup },
    };
  } catch (thrown) {
    if (thrown instanceof TemplateError) return { kind: 'broken', error: thrown };
    throw thrown;
  }
}
