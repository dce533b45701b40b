import type { CodeRule } from './code-rules.ts';

const MINUTE_MS = 60_000;

/**
 * What DingTalk's robots answer, all of it with HTTP 200. 310000 has four meanings, which only its words
 * tell apart.
 */
export const DING_TALK_CODES: readonly CodeRule[] = [
  { codes: [-1], meaning: 'busy', outcome: 'transient' },
  {
    codes: [130_101, 410_100],
    meaning: 'more than 20 messages in a minute',
    outcome: 'throttled',
    pauseMs: 10 * MINUTE_MS,
  },
  {
    codes: [90_030, 450_101],
    meaning: 'the quota of the organisation is used up',
    outcome: 'throttled',
    pauseMs: 60 * MINUTE_MS,
  },
  {
    codes: [310_000],
    words: /keyword/i,
    meaning: 'none of the keywords of the robot is in the message',
    outcome: 'misconfigured',
    hint: 'set `keyword` to one of the keywords in the security settings of the robot',
  },
  {
    codes: [310_000],
    words: /timestamp/i,
    meaning: 'the signature is more than an hour old or new',
    outcome: 'misconfigured',
    hint: 'set the clock of this machine',
    suspects: ['clock'],
  },
  {
    codes: [310_000],
    words: /sign/i,
    meaning: 'the signature is not that of the robot',
    outcome: 'misconfigured',
    hint: 'set `secret` to the one in the security settings of the robot; it begins with SEC',
    suspects: ['secret'],
  },
  {
    codes: [310_000],
    words: /\bip\b|whitelist/i,
    meaning: 'the address that we come from is not on the list of the robot',
    outcome: 'misconfigured',
    hint: 'add the public address of this cluster to the security settings of the robot',
  },
  {
    codes: [310_000],
    meaning: 'the security settings of the robot are not met',
    outcome: 'misconfigured',
    hint: 'compare `keyword` and `secret` with the security settings of the robot',
  },
  { codes: [300_001, 300_005, 400_101], meaning: 'there is no robot with this token', outcome: 'deadDestination' },
  { codes: [88], meaning: 'the token is empty', outcome: 'deadDestination' },
  { codes: [400_106], meaning: 'the robot is no longer in the group', outcome: 'deadDestination' },
  { codes: [400_102], meaning: 'the robot was stopped', outcome: 'deadDestination' },
  { codes: [400_013], meaning: 'the group was dissolved', outcome: 'deadDestination' },
  { codes: [460_101, 101_002], meaning: 'more than 20,000 bytes', outcome: 'tooLarge' },
  {
    codes: [430_101, 430_102, 430_103, 430_104],
    meaning: 'a link, a text or an image in it is not allowed',
    outcome: 'contentRefused',
  },
  {
    codes: [40_035, 43_004, 400_105],
    meaning: 'a malformed message: a bug of ours, please report it',
    outcome: 'contentRefused',
  },
];
