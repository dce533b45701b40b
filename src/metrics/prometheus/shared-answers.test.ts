import { describe, expect, test } from 'vitest';
import { SharedAnswers, type SharedAnswersOptions } from './shared-answers.ts';

const SIGNAL = new AbortController().signal;

/** Answers that come when told, each the number of its request. */
function world(options: Partial<SharedAnswersOptions<number>> = {}) {
  const answers = new SharedAnswers<number>({
    freshnessMs: 0,
    keptCountMax: 10,
    keptWeightMax: 100,
    weightOf: () => 1,
    ...options,
  });
  const asked: { readonly key: string; readonly signal: AbortSignal; settle(failure?: Error): Promise<void> }[] = [];
  const get = (key: string, atMs: number, signal: AbortSignal = SIGNAL): Promise<number> =>
    answers.get(key, atMs, signal, (shared) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const number = asked.length;
      asked.push({
        key,
        signal: shared,
        settle: async (failure) => {
          if (failure === undefined) resolve(number);
          else reject(failure);
          // Whoever follows the promise has followed it.
          await new Promise((done) => setImmediate(done));
        },
      });
      return promise;
    });
  return { get, asked };
}

describe('SharedAnswers', () => {
  test('who asks the same at the same instant shares a request, and nobody else', async () => {
    const { get, asked } = world();
    const answers = [get('a', 1), get('b', 1), get('a', 2), get('a', 1)];
    expect(asked.map(({ key }) => key)).toEqual(['a', 'b', 'a']);
    for (const request of asked) await request.settle();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 0]);
    const later = get('a', 1);
    expect(asked).toHaveLength(4);
    await asked[3]?.settle();
    expect(await later).toBe(3);
  });

  test('an answer that is fresh enough serves again, one from the future or too old does not', async () => {
    const { get, asked } = world({ freshnessMs: 100 });
    const first = get('a', 1_000);
    const joined = get('a', 1_050);
    await asked[0]?.settle();
    expect(await Promise.all([first, joined, get('a', 1_100)])).toEqual([0, 0, 0]);
    const others = [get('a', 1_101), get('a', 999)];
    expect(asked).toHaveLength(3);
    await asked[1]?.settle();
    await asked[2]?.settle();
    expect(await Promise.all(others)).toEqual([1, 2]);
    // The newest that serves is taken.
    expect(await get('a', 1_101)).toBe(1);
  });

  test('a failure is shared by those who wait and kept for nobody', async () => {
    const { get, asked } = world({ freshnessMs: 100 });
    const answers = Promise.allSettled([get('a', 1), get('a', 1)]);
    await asked[0]?.settle(new Error('no'));
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = get('a', 1);
    await asked[1]?.settle();
    expect(await next).toBe(1);
  });

  test('who leaves does not take the others’ answer along; when the last leaves, the request ends', async () => {
    const { get, asked } = world({ freshnessMs: 100 });
    const [one, other] = [new AbortController(), new AbortController()];
    const first = get('a', 1, one.signal);
    const second = get('a', 1, other.signal);
    one.abort(new Error('late'));
    await expect(first).rejects.toThrow('late');
    expect(asked[0]?.signal.aborted).toBe(false);
    other.abort(new Error('late too'));
    await expect(second).rejects.toThrow('late too');
    expect(asked[0]?.signal.reason).toEqual(new Error('late too'));
    // What comes nevertheless serves nobody.
    await asked[0]?.settle();
    const third = get('a', 1);
    expect(asked).toHaveLength(2);
    await asked[1]?.settle();
    expect(await third).toBe(1);
    await expect(get('a', 1, one.signal)).rejects.toThrow('late');
  });

  test.each([
    { why: 'in number', options: { keptCountMax: 2 } },
    { why: 'in weight', options: { keptWeightMax: 5, weightOf: () => 2 } },
  ])('what is kept is bounded $why; the oldest give way', async ({ options }) => {
    const { get, asked } = world({ freshnessMs: 1_000, ...options });
    for (const [index, key] of ['a', 'b', 'c'].entries()) {
      const answer = get(key, index);
      await asked[index]?.settle();
      await answer;
    }
    await Promise.all([get('b', 10), get('c', 10)]);
    expect(asked).toHaveLength(3);
    const again = get('a', 10);
    expect(asked).toHaveLength(4);
    await asked[3]?.settle();
    await again;
  });

  test('an answer that comes after everybody left takes nobody’s place', async () => {
    const { get, asked } = world({ freshnessMs: 100, keptCountMax: 1 });
    const controller = new AbortController();
    const left = get('a', 1, controller.signal);
    controller.abort(new Error('late'));
    await expect(left).rejects.toThrow('late');
    const kept = get('b', 1);
    await asked[1]?.settle();
    await asked[0]?.settle();
    expect(await Promise.all([kept, get('b', 2)])).toEqual([1, 1]);
  });

  test('what is too old for everybody is let go when the next is kept', async () => {
    const { get, asked } = world({ freshnessMs: 10, keptWeightMax: 1 });
    for (const [index, atMs] of [0, 100].entries()) {
      const answer = get('a', atMs);
      await asked[index]?.settle();
      await answer;
    }
    expect(await get('a', 105)).toBe(1);
  });
});
