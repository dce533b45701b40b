import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import type { Scale } from '../../core/autoscaling/types.ts';
import type { ResourceType } from '../../platform/kube/client.ts';
import { createScaleReader } from './scale-reader.ts';

const SIGNAL = new AbortController().signal;
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const OLD: ResourceType = { ...DEPLOYMENTS, version: 'v1beta1' };
const CONTROLLERS: ResourceType = { group: '', version: 'v1', resource: 'replicationcontrollers', isNamespaced: true };

const SCALE: Scale = {
  metadata: { namespace: 'shop', name: 'web' },
  spec: { replicas: 3 },
  status: { replicas: 2, selector: 'app=web' },
};

/** Reads a reference where discovery offers `types` and each answers as `answers` says. */
async function read(
  apiVersion: string | undefined,
  types: readonly ResourceType[],
  answers: readonly (Scale | Failure)[],
) {
  const asked: string[] = [];
  const reader = createScaleReader(
    {
      getScale: async (type, { namespace, name }) => {
        asked.push(`${type.group}/${type.version} ${namespace}/${name}`);
        const answer = answers[asked.length - 1];
        if (answer === undefined || answer instanceof Error) throw answer;
        return answer;
      },
    },
    {
      mappings: async (group, kind) => {
        asked.length = 0;
        if (kind !== 'Deployment') throw new Failure('notFound', `no matches for kind "${kind}" in group "${group}"`);
        return types;
      },
    },
  );
  const reference = { kind: 'Deployment', name: 'web', ...(apiVersion === undefined ? {} : { apiVersion }) };
  return { ...(await reader('shop', reference, SIGNAL)), asked };
}

describe('a scale that is there', () => {
  test('with everything', async () => {
    expect(await read('apps/v1', [DEPLOYMENTS], [SCALE])).toEqual({
      fact: { kind: 'found', resource: 'deployments.apps', specReplicas: 3, statusReplicas: 2, selector: 'app=web' },
      target: { type: DEPLOYMENTS, scale: SCALE },
      asked: ['apps/v1 shop/web'],
    });
  });

  test('with counts left out, which are 0, of the core group', async () => {
    const { fact } = await read(undefined, [CONTROLLERS], [{ metadata: SCALE.metadata, spec: {} }]);
    expect(fact).toEqual({
      kind: 'found',
      resource: 'replicationcontrollers',
      specReplicas: 0,
      statusReplicas: 0,
      selector: '',
    });
  });

  test('under the second mapping', async () => {
    const { target, asked } = await read('apps/anything', [DEPLOYMENTS, OLD], [new Failure('notFound', 'no'), SCALE]);
    expect([target?.type, asked]).toEqual([OLD, ['apps/v1 shop/web', 'apps/v1beta1 shop/web']]);
  });
});

describe('a scale that is not', () => {
  const no = (text: string) => new Failure('notFound', text);
  const rows: readonly [
    why: string,
    apiVersion: string,
    types: readonly ResourceType[],
    answers: readonly Failure[],
    stage: string,
    message: string,
  ][] = [
    ['two slashes', 'a/b/c', [], [], 'parse', 'unexpected GroupVersion string: a/b/c'],
    ['no mapping', 'apps/v1', [], [], 'read', 'unrecognized resource'],
    ['the first error of several', 'apps/v1', [DEPLOYMENTS, OLD], [no('first'), no('second')], 'read', 'first'],
  ];
  test.each(rows)('%s', async (_why, apiVersion, types, answers, stage, message) => {
    expect(await read(apiVersion, types, answers)).toMatchObject({
      fact: { kind: 'failed', stage, message },
      target: null,
    });
  });

  test('a kind that nobody knows', async () => {
    const reader = createScaleReader(
      { getScale: async () => SCALE },
      {
        mappings: async () => {
          throw no('no matches for kind "X" in group "y"');
        },
      },
    );
    const { fact } = await reader('shop', { kind: 'X', name: 'web', apiVersion: 'y/v1' }, SIGNAL);
    expect(fact).toEqual({ kind: 'failed', stage: 'mapping', message: 'no matches for kind "X" in group "y"' });
  });

  test('a bug is none of these', async () => {
    await expect(read('apps/v1', [DEPLOYMENTS], [new TypeError('bug') as never])).rejects.toThrow(TypeError);
  });
});
