/** What a request is about, for the wording of errors: client-go appends `(get pods.metrics.k8s.io web-1)`. */
export interface RequestSubject {
  /** The HTTP method. */
  readonly verb: string;
  readonly group: string;
  /** Plural, lower case; empty when the path names no resource. */
  readonly resource: string;
  readonly name: string;
}

/**
 * Reads the subject off a path: `/apis/GROUP/VERSION[/namespaces/NS]/RESOURCE[/NAME[/…]]` and `/api/VERSION/…` alike.
 * Any other path has no resource and adds nothing to an error's wording.
 */
export function subjectOfPath(verb: string, path: string): RequestSubject {
  const query = path.indexOf('?');
  const segments = (query === -1 ? path : path.slice(0, query)).split('/').filter((segment) => segment !== '');
  const isCore = segments[0] === 'api';
  if (!isCore && segments[0] !== 'apis') return { verb, group: '', resource: '', name: '' };
  const group = isCore ? '' : (segments[1] ?? '');
  let rest = segments.slice(isCore ? 2 : 3);
  if (rest[0] === 'namespaces' && rest.length > 2) rest = rest.slice(2);
  return { verb, group, resource: decode(rest[0]), name: decode(rest[1]) };
}

/** ` (get deployments.apps web)`, or nothing when the subject has no resource. */
export function subjectText(subject: RequestSubject): string {
  if (subject.resource === '') return '';
  const groupResource = subject.group === '' ? subject.resource : `${subject.resource}.${subject.group}`;
  const name = subject.name === '' ? '' : ` ${subject.name}`;
  return ` (${subject.verb.toLowerCase()} ${groupResource}${name})`;
}

function decode(segment: string | undefined): string {
  if (segment === undefined) return '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
