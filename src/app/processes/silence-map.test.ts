import { beforeEach, describe, expect, test } from 'vitest';
import type { Silence } from '../../people/notify/delivery/silence.ts';
import { ApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import { addSilence, endSilence, listSilences, readSilences, type SilenceMap } from './silence-map.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 12);
const HOUR_MS = 3_600_000;
const MATCH = { clusters: [], namespaces: ['pay'], labels: null, kinds: [], types: [], severities: [] };

function silenceOf(id: string, endsAtMs = NOW_MS + HOUR_MS): Silence {
  return { id, match: MATCH, startsAtMs: endsAtMs - 2 * HOUR_MS, endsAtMs, author: 'li', comment: '' };
}

function refusal(status: number, reason: string): ApiFailure {
  return new ApiFailure(reason, { status, reason });
}

/** What stands in the ConfigMap; undefined while there is none. */
let data: Record<string, string> | undefined;
/** Called before a ConfigMap is made. */
let beforeCreate: () => void;
const client = {
  get: async () => {
    if (data === undefined) throw refusal(404, 'NotFound');
    return { metadata: { name: 'm' }, data };
  },
  patch: async (_type: unknown, _ref: unknown, { body }: { body: { data: Record<string, string | null> } }) => {
    if (data === undefined) throw refusal(404, 'NotFound');
    for (const [id, text] of Object.entries(body.data)) {
      if (text === null) delete data[id];
      else data[id] = text;
    }
  },
  create: async (_type: unknown, map: SilenceMap) => {
    beforeCreate();
    if (data !== undefined) throw refusal(409, 'AlreadyExists');
    data = { ...map.data };
  },
} as unknown as Pick<KubeClient, 'get' | 'patch' | 'create'>;

const idsOf = async (): Promise<readonly string[]> => (await listSilences(client, 'own')).silences.map(({ id }) => id);

beforeEach(() => {
  data = undefined;
  beforeCreate = () => {};
});

describe('silences in a ConfigMap', () => {
  test('none, before there is a ConfigMap', async () => {
    expect(await listSilences(client, 'own')).toEqual({ silences: [], problems: [] });
  });

  test('the first makes it, the next stand beside it', async () => {
    await addSilence(client, 'own', silenceOf('a'), NOW_MS);
    await addSilence(client, 'own', silenceOf('b'), NOW_MS);
    expect(await listSilences(client, 'own')).toEqual({ silences: [silenceOf('a'), silenceOf('b')], problems: [] });
  });

  test('two people who make the first at once both have theirs', async () => {
    beforeCreate = () => {
      data = { ...(data ?? {}) };
    };
    await addSilence(client, 'own', silenceOf('a'), NOW_MS);
    expect(await idsOf()).toEqual(['a']);
  });

  test('those that ended more than a day ago are cleared away with the next', async () => {
    await addSilence(client, 'own', silenceOf('old', NOW_MS - 24 * HOUR_MS - 1), NOW_MS);
    await addSilence(client, 'own', silenceOf('ended', NOW_MS - 24 * HOUR_MS), NOW_MS);
    await addSilence(client, 'own', silenceOf('new'), NOW_MS);
    expect(await idsOf()).toEqual(['ended', 'new']);
  });

  test('one is taken away by its id, also when it cannot be read', async () => {
    await addSilence(client, 'own', silenceOf('a'), NOW_MS);
    await addSilence(client, 'own', silenceOf('b'), NOW_MS);
    data = { ...data, broken: 'silent' };
    await endSilence(client, 'own', 'a');
    await endSilence(client, 'own', 'broken');
    expect(await listSilences(client, 'own')).toEqual({ silences: [silenceOf('b')], problems: [] });
    await expect(endSilence(client, 'own', 'a')).rejects.toMatchObject({
      kind: 'notFound',
      message: 'there is no silence a',
      hint: 'podtide notify silence list shows those that there are',
    });
  });

  test('what is wrong with one keeps none of the others', () => {
    const map: SilenceMap = { metadata: { name: 'm' }, data: { a_b: '{}', broken: 'silent', ['x'.repeat(64)]: '{}' } };
    expect(readSilences(map)).toEqual({
      silences: [],
      problems: [
        'silence a_b: must be called by letters, digits and dashes',
        'silence broken: must be JSON',
        `silence ${'x'.repeat(64)}: must be called by letters, digits and dashes`,
      ],
    });
  });
});
