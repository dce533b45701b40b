import type { CodeRule } from './code-rules.ts';

/** What custom bots of Feishu and Lark answer, mostly with HTTP 200. */
export const FEISHU_CODES: readonly CodeRule[] = [
  { codes: [11_232, 99_991_400], meaning: 'too many messages', outcome: 'throttled', pauseMs: 60_000 },
  {
    codes: [19_021],
    meaning: 'the signature is wrong, or more than an hour old or new',
    outcome: 'misconfigured',
    hint: 'set `secret` to the one in the security settings of the bot, and the clock of this machine',
    suspects: ['clock', 'secret'],
  },
  {
    codes: [19_022],
    meaning: 'the address that we come from is not on the list of the bot',
    outcome: 'misconfigured',
    hint: 'add the public address of this cluster to the security settings of the bot',
  },
  {
    codes: [19_024],
    meaning: 'none of the keywords of the bot is in the message',
    outcome: 'misconfigured',
    hint: 'set `keyword` to one of the keywords in the security settings of the bot',
  },
  { codes: [19_001], meaning: 'there is no bot with this address', outcome: 'deadDestination' },
  { codes: [19_036], meaning: 'more than 20 KB', outcome: 'tooLarge' },
  { codes: [9_499], meaning: 'a malformed message: a bug of ours, please report it', outcome: 'contentRefused' },
];
