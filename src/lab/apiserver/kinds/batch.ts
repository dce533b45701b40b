import type { Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, ageText, column, NAME_COLUMN } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';
import { defaultPodTemplate } from './pod-template.ts';

/** Jobs are stored and shown; the lab runs no controller for them. */
export const JOB: Kind = {
  group: 'batch',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'batch.v1.Job',
      columns: [
        NAME_COLUMN,
        column('Status', 'How the job stands.', jobStatusText),
        column(
          'Completions',
          'Done of wanted.',
          (object) => `${numberAt(object, 'status', 'succeeded')}/${numberAt(object, 'spec', 'completions') || 1}`,
        ),
        column('Duration', 'How long it ran.', (object, nowMs) =>
          textAt(object, 'status', 'startTime') === '' ? '' : ageText(textAt(object, 'status', 'startTime'), nowMs),
        ),
        AGE_COLUMN,
      ],
    },
  ],
  setDefaults: (object) => ({
    ...object,
    spec: withDefaults(
      { ...recordAt(object, 'spec'), template: defaultPodTemplate(recordAt(object, 'spec', 'template')) },
      { completions: 1, parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false },
    ),
  }),
};

function jobStatusText(object: ApiObject): string {
  const met = listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'status') === 'True');
  return textAt(met, 'type') || 'Running';
}

/** CronJobs are stored and shown; the lab runs no controller for them. */
export const CRON_JOB: Kind = {
  group: 'batch',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'batch.v1.CronJob',
      columns: [
        NAME_COLUMN,
        column('Schedule', 'When it runs.', (object) => textAt(object, 'spec', 'schedule')),
        column('Timezone', 'Zone of the schedule.', (object) => textAt(object, 'spec', 'timeZone') || '<none>'),
        column('Suspend', 'Whether it is suspended.', (object) =>
          valueAt(object, 'spec', 'suspend') === true ? 'True' : 'False',
        ),
        column('Active', 'Jobs that run now.', (object) => listAt(object, 'status', 'active').length, 'integer'),
        column('Last Schedule', 'When it ran last.', (object, nowMs) =>
          textAt(object, 'status', 'lastScheduleTime') === ''
            ? '<none>'
            : ageText(textAt(object, 'status', 'lastScheduleTime'), nowMs),
        ),
        AGE_COLUMN,
      ],
    },
  ],
};
