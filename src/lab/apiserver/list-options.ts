import { matchesSelector, parseSelector } from '../../base/label-selector.ts';
import type { FieldQuery } from './field-query.ts';
import { parseFieldQuery } from './field-query.ts';
import type { FieldError, Kind } from './kind.ts';
import type { ApiObject } from './object.ts';
import { badRequest, invalidListOptions, StatusError } from './status.ts';

/** The query of a list or a watch, checked. */
export interface ListOptions {
  readonly matches: (object: ApiObject) => boolean;
  readonly hasSelector: boolean;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continueToken: string;
  /** As sent; empty when absent. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly areInitialEventsSent: boolean | null;
  readonly areBookmarksAllowed: boolean;
  /** Null when the client names none. */
  readonly timeoutSeconds: number | null;
}

/** Reads the query of a list or a watch of a kind. Throws 400 and 422 Statuses. */
export function parseListOptions(query: URLSearchParams, kind: Kind, isWatch: boolean): ListOptions {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const labels = parseSelector(labelText);
  if (labels.kind === 'invalid') throw badRequest(labels.message);
  const { selector } = labels;
  const fields: FieldQuery = parseFieldQuery(fieldText, kind);
  const initialEvents = query.get('sendInitialEvents');
  const options: ListOptions = {
    matches: (object) => matchesSelector(selector, object.metadata.labels) && fields.matches(object),
    hasSelector: labelText !== '' || fieldText !== '',
    limit: Math.max(0, readInteger(query, 'limit') ?? 0),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    areInitialEventsSent: initialEvents === null ? null : isTrue(initialEvents),
    areBookmarksAllowed: isTrue(query.get('allowWatchBookmarks') ?? 'false'),
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
  };
  const errors = isWatch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalidListOptions(errors);
  return options;
}

function watchErrors(options: ListOptions): readonly FieldError[] {
  if (options.areInitialEventsSent !== null) {
    if (options.resourceVersionMatch !== 'NotOlderThan') {
      return [forbiddenMatch('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
    }
    return [];
  }
  return options.resourceVersionMatch === ''
    ? []
    : [forbiddenMatch('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')];
}

function listErrors(options: ListOptions): readonly FieldError[] {
  const { resourceVersionMatch: match, resourceVersion } = options;
  if (options.areInitialEventsSent !== null) {
    return [
      {
        reason: 'FieldValueForbidden',
        field: 'sendInitialEvents',
        message: 'Forbidden: sendInitialEvents is forbidden for list',
      },
    ];
  }
  if (match === '') return [];
  const errors: FieldError[] = [];
  if (resourceVersion === '') {
    errors.push(forbiddenMatch('resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if (options.continueToken !== '') {
    errors.push(forbiddenMatch('resourceVersionMatch is forbidden when continue is provided'));
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push({
      reason: 'FieldValueNotSupported',
      field: 'resourceVersionMatch',
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
    });
  }
  if (match === 'Exact' && resourceVersion === '0') {
    errors.push(forbiddenMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

function forbiddenMatch(why: string): FieldError {
  return { reason: 'FieldValueForbidden', field: 'resourceVersionMatch', message: `Forbidden: ${why}` };
}

/** A resourceVersion as a revision; 0 for none. Throws upstream's 500 without a reason for one that is no number. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StatusError(
    500,
    null,
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function readInteger(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function isTrue(text: string): boolean {
  return text === 'true' || text === '1' || text === '';
}
