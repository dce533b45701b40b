import { createHmac, timingSafeEqual } from 'node:crypto';
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

/** A custom robot as its owner set it up. */
export interface FakeDingTalkOptions extends SinkServerOptions {
  readonly token?: string;
  /** Signatures are checked when there is one. */
  readonly secret?: string;
  /** Each message must contain one of them; at most ten. */
  readonly keywords?: readonly string[];
  /** The only addresses that may post. */
  readonly allowedAddresses?: readonly string[];
  /** 20 in 60 s, then ten minutes of nothing. */
  readonly quota?: WindowRule;
}

export interface FakeDingTalk extends SinkServer {
  readonly token: string;
  /** The bodies of the messages that people see. */
  messages(): readonly Record<string, unknown>[];
}

const KEYWORDS_COUNT_MAX = 10;
const BODY_BYTES_MAX = 20_000;
const CLOCK_DIFFERENCE_MS_MAX = 3_600_000;
const QUOTA: WindowRule = { countMax: 20, periodMs: 60_000, banMs: 600_000 };
const MORE = ', more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]';

/** A DingTalk robot that keeps all of its rules and answers every refusal with HTTP 200, as the real one does. */
export async function startFakeDingTalk(options: FakeDingTalkOptions = {}): Promise<FakeDingTalk> {
  const token = options.token ?? 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
  const keywords = options.keywords ?? [];
  if (keywords.length > KEYWORDS_COUNT_MAX) throw new Error(`a robot has at most ${KEYWORDS_COUNT_MAX} keywords`);
  const window = new RequestWindow(options.quota ?? QUOTA);
  const rules = { ...options, token, keywords };
  const server = await startSinkServer((request) => judge(rules, window, request), options);
  return {
    ...server,
    token,
    messages: () => server.taken().map(({ body }) => jsonOf(body) as Record<string, unknown>),
  };
}

type Rules = FakeDingTalkOptions & { readonly token: string; readonly keywords: readonly string[] };

function judge(rules: Rules, window: RequestWindow, request: SinkRequest): SinkAnswer {
  const url = new URL(request.target, 'https://oapi.dingtalk.com');
  if (request.method !== 'POST' || url.pathname !== '/robot/send') return refused(404, '请求的URI地址不存在');
  const token = url.searchParams.get('access_token') ?? '';
  if (token === '') return refused(88, '{"sub_code":"40014","sub_msg":"token is blank"}');
  if (token !== rules.token) return refused(300_005, 'token is not exist');
  if (!window.admits(request.atMs)) return refused(130_101, 'send too fast, exceed 20 times per minute');
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return refused(43_004, '无效的HTTP HEADER Content-Type');
  if (request.body.byteLength > BODY_BYTES_MAX) return refused(460_101, 'message too long, exceed 20000 bytes');
  const message = jsonOf(request.body) as Record<string, Record<string, unknown>> | undefined;
  if (message === undefined) return refused(40_035, '缺少参数 json');
  return securityProblem(rules, request, url, message) ?? formProblem(message) ?? jsonAnswer(OK, true);
}

const OK = { errcode: 0, errmsg: 'ok' };

function refused(errcode: number, errmsg: string): SinkAnswer {
  return jsonAnswer({ errcode, errmsg }, false);
}

/** All settings must be met, not one of them. */
function securityProblem(
  rules: Rules,
  request: SinkRequest,
  url: URL,
  message: Record<string, Record<string, unknown>>,
): SinkAnswer | undefined {
  if (rules.secret !== undefined) {
    const timestamp = url.searchParams.get('timestamp') ?? '';
    if (!/^\d+$/.test(timestamp)) return refused(310_000, `sign not match${MORE}`);
    if (Math.abs(Number(timestamp) - request.atMs) > CLOCK_DIFFERENCE_MS_MAX)
      return refused(310_000, `invalid timestamp${MORE}`);
    if (!isSigned(rules.secret, timestamp, url.searchParams.get('sign') ?? ''))
      return refused(310_000, `sign not match${MORE}`);
  }
  const address = request.remoteAddress.replace(/^::ffff:/, '');
  if (rules.allowedAddresses !== undefined && !rules.allowedAddresses.includes(address))
    return refused(310_000, `ip ${address} not in whitelist${MORE}`);
  const text = shownText(message);
  if (rules.keywords.length > 0 && !rules.keywords.some((keyword) => text.includes(keyword)))
    return refused(310_000, `keywords not in content${MORE}`);
  return undefined;
}

function isSigned(secret: string, timestamp: string, sign: string): boolean {
  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest();
  const shown = Buffer.from(sign, 'base64');
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}

/** Which fields each type needs; all of them texts. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ['content'],
  markdown: ['title', 'text'],
  actionCard: ['title', 'text', 'singleTitle', 'singleURL'],
};

function formProblem(message: Record<string, Record<string, unknown>>): SinkAnswer | undefined {
  const type = String(message['msgtype']);
  const fields = FIELDS[type];
  if (fields === undefined) return refused(400_105, `unsupported msgtype ${type}`);
  const missing = fields.filter((field) => typeof message[type]?.[field] !== 'string' || message[type]?.[field] === '');
  return missing.length === 0 ? undefined : refused(40_035, `缺少参数 ${missing.join(', ')}`);
}

/** What keywords are looked for in. */
function shownText(message: Record<string, Record<string, unknown>>): string {
  const type = String(message['msgtype']);
  return (FIELDS[type] ?? []).map((field) => String(message[type]?.[field] ?? '')).join('\n');
}
