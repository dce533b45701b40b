import type { CodeRule } from './code-rules.ts';

/** What Slack's incoming webhooks say when they refuse: the HTTP status and a word. Others go by the status alone. */
export const SLACK_CODES: readonly CodeRule[] = [
  {
    codes: [400, 403, 404, 410],
    words: /^(no_service|no_service_id|no_team|team_disabled|invalid_token|token_revoked)$/,
    meaning: 'there is no webhook with this address',
    outcome: 'deadDestination',
  },
  {
    codes: [404, 410],
    words: /^(channel_not_found|channel_is_archived|user_not_found)$/,
    meaning: 'the channel is gone',
    outcome: 'deadDestination',
  },
  {
    codes: [403],
    words: /^(action_prohibited|posting_to_general_channel_denied)$/,
    meaning: 'an administrator of the workspace does not allow it',
    outcome: 'misconfigured',
    hint: 'let the app post to the channel, or choose another one',
  },
  {
    codes: [400, 413],
    words: /^(msg_too_long|too_many_attachments|payload_too_large)$/,
    meaning: 'too long',
    outcome: 'tooLarge',
  },
  {
    codes: [400],
    words: /^(invalid_payload|invalid_blocks|invalid_blocks_format|no_text|missing_text_or_fallback_or_attachments)$/,
    meaning: 'a malformed message: a bug of ours, please report it',
    outcome: 'contentRefused',
  },
  { codes: [400, 500], words: /^rollup_error$/, meaning: 'a fault of Slack', outcome: 'transient' },
];
