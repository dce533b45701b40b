import { notAcceptable, StatusError } from './status.ts';

/** The form of an answer that the client asked for first among those that the server has. */
export type AnswerForm = 'json' | 'yaml' | 'table' | 'partialObject' | 'aggregatedV2' | 'aggregatedV2Beta1';

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const AVAILABLE = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'] as const;

/**
 * Chooses the form of an answer. `offered` says which of the special forms this path has. Protobuf is answered with JSON,
 * which every client accepts beside it. Throws a 406 Status when nothing fits.
 */
export function negotiateAnswer(
  accept: string | null,
  offered: { readonly table?: boolean; readonly aggregated?: boolean; readonly stream?: boolean },
): AnswerForm {
  const ranges = parseAccept(accept);
  if (ranges.length === 0) return 'json';
  for (const range of ranges) {
    const form = formOf(range, offered);
    if (form !== undefined) return form;
  }
  const isUnknownForm = ranges.every(
    ({ type, parameters }) => type === 'application/json' && parameters['as'] !== undefined,
  );
  if (isUnknownForm && offered.table === true) {
    throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${AVAILABLE.join(', ')}`);
  }
  throw notAcceptable(offered.stream === true ? [...AVAILABLE, ...STREAMS] : AVAILABLE);
}

function formOf(
  { type, parameters }: MediaRange,
  offered: { readonly table?: boolean; readonly aggregated?: boolean; readonly stream?: boolean },
): AnswerForm | undefined {
  if (type === 'application/yaml') return 'yaml';
  const as = parameters['as'];
  if (type === 'application/json' && as !== undefined) return specialForm(as, parameters, offered);
  if (type === 'application/vnd.kubernetes.protobuf') return as === undefined ? 'json' : undefined;
  return type === 'application/json' || type === 'application/*' || type === '*/*' ? 'json' : undefined;
}

function specialForm(
  as: string,
  { g, v }: Readonly<Record<string, string>>,
  offered: { readonly table?: boolean; readonly aggregated?: boolean; readonly stream?: boolean },
): AnswerForm | undefined {
  if (g === 'meta.k8s.io' && v === 'v1' && offered.table === true) {
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'partialObject';
  }
  if (g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && offered.aggregated === true) {
    if (v === 'v2') return 'aggregatedV2';
    if (v === 'v2beta1') return 'aggregatedV2Beta1';
  }
  return undefined;
}

function parseAccept(accept: string | null): readonly MediaRange[] {
  return (accept ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
    .map((range) => {
      const [type = '', ...rest] = range.split(';').map((part) => part.trim());
      const parameters: Record<string, string> = {};
      for (const parameter of rest) {
        const [name = '', value = ''] = parameter.split('=');
        parameters[name] = value;
      }
      return { type: type.toLowerCase(), parameters };
    });
}
