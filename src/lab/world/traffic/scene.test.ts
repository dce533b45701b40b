import { expect, test } from 'vitest';
import { profileOfImage, WALKTHROUGH_PROFILE } from '../../../core/plant/workload-profile.ts';
import type { Pod } from '../objects.ts';
import { MEMORY_ANNOTATION, sceneOf } from './scene.ts';

const MEBIBYTE = 1024 * 1024;
const rows = [
  { why: 'an image without a profile', image: 'myblog:v1', annotated: undefined, memoryBytes: 32 * MEBIBYTE },
  { why: 'a pod that says what it uses', image: 'myblog:v1', annotated: '27Mi', memoryBytes: 27 * MEBIBYTE },
  { why: 'what is no quantity says nothing', image: 'myblog:v1', annotated: 'plenty', memoryBytes: 32 * MEBIBYTE },
  {
    why: "the walkthrough's image has a profile of its own",
    image: 'registry.k8s.io/hpa-example',
    annotated: undefined,
    memoryBytes: WALKTHROUGH_PROFILE.kind === 'loopShare' ? WALKTHROUGH_PROFILE.memoryBytes : 0,
  },
  {
    why: 'which gives way as well',
    image: 'registry.k8s.io/hpa-example',
    annotated: '100Mi',
    memoryBytes: 100 * MEBIBYTE,
  },
];

for (const { why, image, annotated, memoryBytes } of rows) {
  test(`idle memory: ${why}`, () => {
    const { scene } = sceneOf({ pods: [podOf(image, annotated)], services: [], loads: new Map(), profileOfImage });
    const profile = scene.running[0]?.profile;
    expect(profile?.kind === 'loopShare' ? profile.memoryBytes : profile?.service.memoryBaseBytes).toBe(memoryBytes);
  });
}

function podOf(image: string, annotated: string | undefined): Pod {
  return {
    metadata: {
      namespace: 'test',
      name: 'myblog-1',
      annotations: annotated === undefined ? {} : { [MEMORY_ANNOTATION]: annotated },
    },
    spec: { containers: [{ name: 'main', image }] },
    status: { phase: 'Running' },
  } as Pod;
}
