import { RequestWindow, type WindowRule } from './request-window.ts';
import {
  jsonOf,
  type SinkAnswer,
  type SinkRequest,
  type SinkServer,
  type SinkServerOptions,
  startSinkServer,
} from './sink-server.ts';

export interface FakeSlackOptions extends SinkServerOptions {
  readonly path?: string;
  readonly quota?: WindowRule;
  /** Whether its channel was archived. */
  readonly isArchived?: boolean;
}

export interface FakeSlack extends SinkServer {
  /** Where to post. */
  readonly webhookUrl: string;
  messages(): readonly Record<string, unknown>[];
}

const QUOTA: WindowRule = { countMax: 5, periodMs: 5_000, banMs: 0 };
const PATH = ['/services', 'T00000000', 'B00000000', 'x'.repeat(24)].join('/');

/** An incoming webhook of Slack, which answers `ok` or a word, never JSON. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const path = options.path ?? PATH;
  const window = new RequestWindow(options.quota ?? QUOTA);
  const server = await startSinkServer((request) => judge({ ...options, path }, window, request), options);
  return {
    ...server,
    webhookUrl: `${server.url}${path}`,
    messages: () => server.taken().map(({ body }) => jsonOf(body) as Record<string, unknown>),
  };
}

function judge(
  rules: FakeSlackOptions & { readonly path: string },
  window: RequestWindow,
  request: SinkRequest,
): SinkAnswer {
  const says = (status: number, body: string, isTaken = false): SinkAnswer => ({
    status,
    body,
    isTaken,
    headers: { 'content-type': 'text/html' },
  });
  if (request.target !== rules.path) return says(404, 'no_service');
  if (rules.isArchived === true) return says(410, 'channel_is_archived');
  if (!window.admits(request.atMs)) return { ...says(429, 'rate_limited'), headers: { 'retry-after': '30' } };
  const message = jsonOf(request.body) as { text?: unknown; blocks?: readonly Block[] } | undefined;
  if (message === undefined) return says(400, 'invalid_payload');
  if (typeof message.text !== 'string' || message.text === '') return says(400, 'no_text');
  return (message.blocks ?? []).every(isBlock) && (message.blocks ?? []).length <= 50
    ? says(200, 'ok', true)
    : says(400, 'invalid_blocks');
}

interface Block {
  readonly type?: unknown;
  readonly text?: { readonly type?: unknown; readonly text?: unknown };
}

function isBlock({ type, text }: Block): boolean {
  if (typeof text?.text !== 'string' || text.text === '') return false;
  if (type === 'header') return text.type === 'plain_text' && [...text.text].length <= 150;
  return type === 'section' && text.text.length <= 3_000 && isMrkdwn(text.text);
}

/** Signs that are not escaped make links and calls; those that are meant to are well formed. */
function isMrkdwn(text: string): boolean {
  const rest = text.replaceAll(/<https?:[^<>|]*\|[^<>|]*>|<@\w+>|<!channel>/g, '');
  return !/[<>]|&(?!amp;|lt;|gt;)/.test(rest);
}
