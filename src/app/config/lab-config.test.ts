import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { type LabFlags, parseLabConfig } from './lab-config.ts';

function parse(flags: Partial<LabFlags>) {
  return parseLabConfig({ empty: true, real: false, ...flags }, readEnvironment({ HOME: '/home/user' }));
}

describe('the release whose face the lab shows', () => {
  test.each<readonly [flags: Partial<LabFlags>, version: string, why: string]>([
    [{}, '1.36', 'the newest that is known'],
    [{ kubernetesVersion: '1.20' }, '1.20', 'the one with v2beta2'],
  ])('%j means %s: %s', (flags, version) => {
    expect(parse(flags).kubernetesVersion).toBe(version);
  });

  test('is one of those that are known', () => {
    expect(() => parse({ kubernetesVersion: '1.21', speed: 'fast' })).toThrow(
      [
        '--speed=fast: must be a number up to 1000, for example 1 or 10x, or max',
        '--kubernetes-version=1.21: must be one of 1.20, 1.36',
      ].join('\n'),
    );
  });
});

describe('pods as processes', () => {
  test.each<readonly [flags: Partial<LabFlags>, stories: readonly string[], why: string]>([
    [{ empty: false }, ['walkthrough'], 'what two cores can carry'],
    [{ empty: false, story: 'all' }, ['walkthrough', 'shop'], 'all when asked for'],
    [{}, [], 'nothing in an empty lab'],
  ])('%j plays %j: %s', (flags, stories) => {
    expect(parse({ real: true, ...flags })).toMatchObject({
      isReal: true,
      stories,
      speed: { kind: 'factor', factor: 1 },
    });
  });

  test.each(['1', '30x', 'max'])('take no --speed, not even %s', (speed) => {
    expect(() => parse({ real: true, empty: false, speed })).toThrow(
      `--speed=${speed}: with --real, pods are processes and time is the machine's; leave one of them out`,
    );
  });
});

describe('the Prometheus of pods', () => {
  test.each<readonly [flag: string | undefined, choice: object, why: string]>([
    [undefined, { kind: 'found', folders: ['/usr/local/bin', '/usr/bin'] }, 'the one on PATH, if there is one'],
    ['auto', { kind: 'found', folders: ['/usr/local/bin', '/usr/bin'] }, 'the same, said'],
    ['embedded', { kind: 'embedded' }, 'the lab’s own'],
    ['./prometheus', { kind: 'named', path: './prometheus' }, 'one by its path'],
  ])('--prometheus=%s means %j: %s', (prometheus, choice) => {
    const flags = { empty: true, real: false, ...(prometheus === undefined ? {} : { prometheus }) };
    const environment = readEnvironment({ PATH: '/usr/local/bin::/usr/bin' });
    expect(parseLabConfig(flags, environment).prometheus).toEqual(choice);
  });

  test('an empty word is none', () => {
    expect(() => parse({ prometheus: '' })).toThrow('--prometheus=: must be auto, embedded, or the path of a program');
  });
});

describe('the story prometheus', () => {
  test('is not among those that are played when nobody says which', () => {
    expect(parse({ empty: false }).stories).toEqual(['walkthrough', 'shop']);
    expect(parse({ empty: false, story: 'prometheus' }).stories).toEqual(['prometheus']);
  });

  test.each<readonly [flags: Partial<LabFlags>, problem: string]>([
    [
      { speed: 'max' },
      '--speed=max: the story prometheus has programs that take the time of this machine; name a number',
    ],
    [{ real: true }, '--story=prometheus: is played on pods that are computed; leave --real out'],
  ])('takes no %j', (flags, problem) => {
    expect(() => parse({ empty: false, story: 'prometheus', ...flags })).toThrow(problem);
  });
});
