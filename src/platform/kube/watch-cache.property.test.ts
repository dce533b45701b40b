import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fault, VersionedServer } from '../../../test/kube/versioned-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeObject } from './client.ts';
import { createReflector } from './watch-cache.ts';

const TYPE = { group: '', version: 'v1', resource: 'nodes', isNamespaced: false };
const FAULTS: readonly Fault[] = [
  'none',
  'refused',
  'hangs',
  'answers 500',
  'answers 429',
  'is cut',
  'ends at once',
  'http 410',
];

type Step =
  | { readonly kind: 'put'; readonly name: string; readonly isAbsorbed: boolean; readonly isAbsorbedLate: boolean }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'compact' }
  | { readonly kind: 'break'; readonly how: 'cleanly' | 'broken' }
  | { readonly kind: 'wait'; readonly ms: number };

const names = fc.constantFrom('a', 'b', 'c');
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      name: names,
      isAbsorbed: fc.boolean(),
      isAbsorbedLate: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: names }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      how: fc.constantFrom('cleanly' as const, 'broken' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 500, 2_000, 30_000, 200_000) }),
  },
);

/** Streams need some turns of the event loop for each chunk. */
async function run(clock: VirtualClock, ms: number): Promise<void> {
  const endMs = clock.nowMs() + ms;
  for (;;) {
    for (let turn = 0; turn < 12; turn += 1) await clock.settle();
    const next = clock.nextAtMs();
    if (next === undefined || next > endMs) break;
    await clock.runTo(next);
  }
  await clock.runTo(endMs);
}

/** Follows what a cache tells, and complains of what cannot be told. */
function mirrorOf(cache: ReturnType<typeof createReflector<KubeObject, string>>) {
  const content = new Map<string, string>();
  const nonsense: string[] = [];
  cache.subscribe({
    added: (key, projected) => {
      if (content.has(key)) nonsense.push(`${key} added twice`);
      content.set(key, projected);
    },
    updated: (key, before, projected) => {
      if (content.get(key) !== before) nonsense.push(`${key} was not ${before}`);
      if (versionOf(projected) <= versionOf(before)) nonsense.push(`${before} went back to ${projected}`);
      content.set(key, projected);
    },
    deleted: (key, before) => {
      if (content.get(key) !== before) nonsense.push(`${key} was not ${before}`);
      content.delete(key);
    },
  });
  return { content, nonsense };
}

function versionOf(projected: string): number {
  return Number(projected.split('@')[1]);
}

async function tellStory(story: readonly Step[], faults: readonly Fault[], isListStreamed: boolean): Promise<object> {
  const clock = new VirtualClock({ turn: () => new Promise((resolve) => setImmediate(resolve)) });
  const server = new VersionedServer();
  server.faults = [...faults];
  server.isListStreamed = isListStreamed;
  const cache = createReflector<KubeObject, string>(
    { transport: server.transport, ioClock: clock, userAgent: 'test', random: () => 0 },
    { type: TYPE, project: ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}` },
  );
  const mirror = mirrorOf(cache);
  const started = cache.start();
  const late: KubeObject[] = [];
  for (const step of story) {
    if (step.kind === 'put') {
      const object = server.put(step.name);
      if (step.isAbsorbed) cache.absorb(object);
      if (step.isAbsorbedLate) late.push(object);
    } else if (step.kind === 'delete') server.delete(step.name);
    else if (step.kind === 'compact') server.compact();
    else if (step.kind === 'break') server.breakWatches(step.how);
    else {
      await run(clock, step.ms);
      // An answer that took its time arrives after the watch has told newer things.
      for (const object of late.splice(0)) cache.absorb(object);
    }
  }
  server.faults = [];
  await run(clock, 400_000);
  await started;
  const found = {
    cache: [...cache.values()].sort(),
    mirror: [...mirror.content.values()].sort(),
    nonsense: mirror.nonsense,
  };
  await cache.stop();
  return { ...found, server: server.content() };
}

describe('a watch cache under faults', () => {
  test('holds and has told exactly what the server holds, some time after the last fault', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { maxLength: 60, size: 'max' }),
        fc.array(fc.constantFrom(...FAULTS), { maxLength: 12, size: 'max' }),
        fc.boolean(),
        async (story, faults, isListStreamed) => {
          const found = (await tellStory(story, faults, isListStreamed)) as { server: string[] };
          expect(found).toEqual({ cache: found.server, mirror: found.server, nonsense: [], server: found.server });
        },
      ),
      { numRuns: 150 },
    );
  });
});
