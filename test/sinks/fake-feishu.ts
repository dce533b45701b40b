import { createHmac } from 'node:crypto';
import { RequestWindow, type WindowRule } from './request-window.ts';
import {
  jsonAnswer,
  jsonOf,
  type SinkAnswer,
  type SinkRequest,
  type SinkServer,
  type SinkServerOptions,
  startSinkServer,
} from './sink-server.ts';

/** A custom bot as its owner set it up. */
export interface FakeFeishuOptions extends SinkServerOptions {
  readonly id?: string;
  /** Signatures are checked when there is one. */
  readonly secret?: string;
  readonly keywords?: readonly string[];
  readonly allowedAddresses?: readonly string[];
  /** Answers as bots of the first generation do: `StatusCode` instead of `code`. */
  readonly isOld?: boolean;
}

export interface FakeFeishu extends SinkServer {
  readonly id: string;
  messages(): readonly Record<string, unknown>[];
}

const BODY_BYTES_MAX = 20 * 1_024;
const CLOCK_DIFFERENCE_MS_MAX = 3_600_000;
const MINUTE: WindowRule = { countMax: 100, periodMs: 60_000, banMs: 0 };
const SECOND: WindowRule = { countMax: 5, periodMs: 1_000, banMs: 0 };

/** A Feishu bot: its signature is the reverse of DingTalk's and stands in the body. */
export async function startFakeFeishu(options: FakeFeishuOptions = {}): Promise<FakeFeishu> {
  const id = options.id ?? '3f0c9a52-7a1e-4a63-9a53-0d6f0b1c2d3e';
  const windows = [new RequestWindow(MINUTE), new RequestWindow(SECOND)];
  const server = await startSinkServer((request) => judge({ ...options, id }, windows, request), options);
  return { ...server, id, messages: () => server.taken().map(({ body }) => jsonOf(body) as Record<string, unknown>) };
}

function judge(
  rules: FakeFeishuOptions & { readonly id: string },
  windows: readonly RequestWindow[],
  request: SinkRequest,
): SinkAnswer {
  const refused = (code: number, msg: string): SinkAnswer => jsonAnswer({ code, msg, data: {} }, false);
  if (request.method !== 'POST' || request.target !== `/open-apis/bot/v2/hook/${rules.id}`)
    return refused(19_001, 'param invalid: incoming webhook access token invalid');
  const admitted = windows.map((window) => window.admits(request.atMs));
  if (admitted.includes(false))
    return {
      ...refused(11_232, 'frequency limited psm[lark.oapi.app_platform_runtime]'),
      headers: { 'x-ogw-ratelimit-reset': '7' },
    };
  if (request.body.byteLength > BODY_BYTES_MAX) return refused(19_036, 'request body too large');
  const message = jsonOf(request.body) as Record<string, unknown> | undefined;
  if (message === undefined) return refused(9_499, 'Bad Request');
  const timestamp = String(message['timestamp']);
  if (rules.secret !== undefined && !isSigned(rules.secret, timestamp, String(message['sign']), request.atMs))
    return refused(19_021, 'sign match fail or timestamp is not within one hour from current time');
  const address = request.remoteAddress.replace(/^::ffff:/, '');
  if (rules.allowedAddresses !== undefined && !rules.allowedAddresses.includes(address))
    return refused(19_022, 'Ip Not Allowed');
  if (rules.keywords !== undefined && !rules.keywords.some((keyword) => JSON.stringify(message).includes(keyword)))
    return refused(19_024, 'Key Words Not Found');
  if (!isWellFormed(message)) return refused(9_499, 'Bad Request');
  return jsonAnswer(
    rules.isOld === true ? { StatusCode: 0, StatusMessage: 'success' } : { code: 0, msg: 'success', data: {} },
    true,
  );
}

function isSigned(secret: string, timestamp: string, sign: string, nowMs: number): boolean {
  if (!/^\d{10}$/.test(timestamp) || Math.abs(Number(timestamp) * 1_000 - nowMs) > CLOCK_DIFFERENCE_MS_MAX)
    return false;
  return createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') === sign;
}

function isWellFormed({ msg_type: type, content, card }: Record<string, unknown>): boolean {
  if (type === 'text') return typeof (content as { text?: unknown } | undefined)?.text === 'string';
  if (type !== 'interactive') return false;
  const { header, elements } = (card ?? {}) as {
    header?: { title?: { content?: unknown } };
    elements?: readonly { tag?: unknown }[];
  };
  return (
    typeof header?.title?.content === 'string' &&
    Array.isArray(elements) &&
    elements.every(({ tag }) => tag === 'div' || tag === 'action')
  );
}
