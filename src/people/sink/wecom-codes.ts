import type { CodeRule } from './code-rules.ts';

/** What WeCom's group robots answer, with HTTP 200. */
export const WECOM_CODES: readonly CodeRule[] = [
  { codes: [-1], meaning: 'busy', outcome: 'transient' },
  { codes: [45_009], meaning: 'more than 20 messages in a minute', outcome: 'throttled', pauseMs: 60_000 },
  { codes: [93_000], meaning: 'there is no robot with this key', outcome: 'deadDestination' },
  {
    codes: [40_058],
    words: /exceed|too long|length|size|limit/i,
    meaning: 'more bytes than its type may have',
    outcome: 'tooLarge',
  },
  { codes: [40_058], meaning: 'a parameter is wrong: a bug of ours, please report it', outcome: 'contentRefused' },
];
