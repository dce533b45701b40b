import { z } from 'zod';
import { parseSelector, type Selector } from '../../../base/label-selector.ts';
import { NOTICE_TYPES, type Severity } from '../../../core/episode/notice.ts';
import { GROUP_INTERVAL_MS_MAX } from '../../../people/notify/delivery/group-times.ts';
import { type QuietHours, WEEKDAYS } from '../../../people/notify/delivery/quiet-hours.ts';
import { GROUP_KEYS, matchesGlob } from '../../../people/notify/delivery/route.ts';
import { isTimeZone } from '../../../people/notify/local-time.ts';
import { DNS_LABEL } from '../flag-values.ts';
import { duration, secretRef, text, texts, truth } from './setting-values.ts';

const MAPPING_RULE = 'must be a mapping';

/** What sinks and routes are called. */
export const settingName = z
  .string('must be a name: lower case letters, digits and dashes')
  .regex(DNS_LABEL, 'must be a name: lower case letters, digits and dashes')
  .max(63, 'must not exceed 63 characters');

export const language = z.enum(['en', 'zh-CN', 'both'], 'must be en, zh-CN or both');

export const timeZone = text.refine(isTimeZone, 'must be an IANA time zone such as Asia/Shanghai');

const severity = z.enum(['info', 'warning', 'critical'], 'must be info, warning or critical');

/** One severity or several. */
const severities = z.union(
  [severity.transform((one): readonly Severity[] => [one]), z.array(severity)],
  'must be one or several of info, warning and critical',
);

const noticeTypes = texts.superRefine((patterns, context) => {
  for (const pattern of patterns) {
    if (NOTICE_TYPES.some((type) => matchesGlob(pattern, type))) continue;
    context.addIssue({
      code: 'custom',
      message: `${pattern} is no type of notice: say for example scale.* or metrics.lost`,
    });
  }
});

const selector = text.transform((value, context): Selector => {
  const parsed = parseSelector(value);
  if (parsed.kind === 'selector') return parsed.selector;
  context.addIssue({ code: 'custom', message: `must be a label selector such as team=pay: ${parsed.message}` });
  return z.NEVER;
});

/** Absent, everything matches. */
export const match = z
  .strictObject(
    {
      cluster: texts.default([]),
      namespace: texts.default([]),
      labels: selector.nullable().default(null),
      kind: texts.default([]),
      type: noticeTypes.default([]),
      severity: severities.default([]),
    },
    MAPPING_RULE,
  )
  .transform((given) => ({
    clusters: given.cluster,
    namespaces: given.namespace,
    labels: given.labels,
    kinds: given.kind,
    types: given.type,
    severities: given.severity,
  }));

const EVERYTHING = { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] };

const GROUP_RULE = `must be a list of ${GROUP_KEYS.join(', ')}`;

const group = z
  .strictObject(
    {
      by: z.array(z.enum(GROUP_KEYS, GROUP_RULE), GROUP_RULE).default([]),
      wait: duration(0, 3_600_000, 'must be a duration from 0s to 1h, such as 5s').default(5_000),
      interval: duration(0, GROUP_INTERVAL_MS_MAX, 'must be a duration from 0s to 24h, such as 60s').default(60_000),
    },
    MAPPING_RULE,
  )
  .transform(({ by, wait, interval }) => ({ by, waitMs: wait, intervalMs: interval }));

const TIME_RULE = 'must be a time of day in quotation marks, such as "22:00"';

/** Minutes since midnight. */
export const minuteOfDay = z.string(TIME_RULE).transform((value, context) => {
  const [, hours = '', minutes = ''] = /^(\d\d):(\d\d)$/.exec(value) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (hours !== '' && Number(minutes) < 60 && minute <= 1_440) return minute % 1_440;
  context.addIssue({ code: 'custom', message: TIME_RULE });
  return z.NEVER;
});

const DAYS_RULE = `must be a list of ${WEEKDAYS.join(', ')}`;

const quiet = z
  .strictObject(
    {
      days: z.array(z.enum(WEEKDAYS, DAYS_RULE), DAYS_RULE).default([]),
      from: minuteOfDay,
      to: minuteOfDay,
      mode: z.enum(['queue', 'drop', 'digest'], 'must be queue, drop or digest').default('digest'),
      except: severities.default(['critical']),
    },
    MAPPING_RULE,
  )
  .transform(({ days, from, to, mode, except }): QuietHours => {
    return { days, fromMinute: from, toMinute: to, mode, exceptSeverities: except };
  });

const mobile = z
  .string('must be a mobile number in quotation marks')
  .regex(/^\+?[\d-]{5,20}$/, 'must be a mobile number');

const mention = z
  .strictObject(
    {
      mobiles: z.array(mobile, 'must be a list of mobile numbers').default([]),
      mobilesRef: secretRef.nullable().default(null),
      userIds: z.array(text, 'must be a list of user ids').default([]),
      everybody: truth.default(false),
    },
    MAPPING_RULE,
  )
  .transform(({ everybody, ...given }) => ({ ...given, isEverybody: everybody }));

const NOBODY = { mobiles: [], mobilesRef: null, userIds: [], isEverybody: false };

/** A route as it stands in the file, but for what it takes over from the whole. */
export const routeSettings = z.strictObject(
  {
    name: settingName.optional(),
    match: match.default(EVERYTHING),
    sinks: z.array(settingName, 'must be a list of names of sinks').min(1, 'must name at least one sink'),
    continue: truth.default(false),
    language: language.optional(),
    timezone: timeZone.optional(),
    mention: mention.default(NOBODY),
    group: group.nullable().default(null),
    quiet: quiet.nullable().default(null),
    fallback: settingName.nullable().default(null),
  },
  MAPPING_RULE,
);

export type RouteEntry = z.output<typeof routeSettings>;
