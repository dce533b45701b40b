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

export interface FakeWecomOptions extends SinkServerOptions {
  readonly key?: string;
}

export interface FakeWecom extends SinkServer {
  readonly key: string;
  messages(): readonly Record<string, unknown>[];
}

const QUOTA: WindowRule = { countMax: 20, periodMs: 60_000, banMs: 0 };

/** Bytes of the content of each type. */
const CONTENT_BYTES_MAX: Readonly<Record<string, number>> = { text: 2_048, markdown: 4_096 };

/** A WeCom robot, which counts bytes by type and whose URL is all of its security. */
export async function startFakeWecom(options: FakeWecomOptions = {}): Promise<FakeWecom> {
  const key = options.key ?? '693a91f6-7a1e-4b34-9c42-000000aaaaaa';
  const window = new RequestWindow(QUOTA);
  const server = await startSinkServer((request) => judge(key, window, request), options);
  return { ...server, key, messages: () => server.taken().map(({ body }) => jsonOf(body) as Record<string, unknown>) };
}

function judge(key: string, window: RequestWindow, request: SinkRequest): SinkAnswer {
  const refused = (errcode: number, errmsg: string): SinkAnswer => jsonAnswer({ errcode, errmsg }, false);
  const url = new URL(request.target, 'https://qyapi.weixin.qq.com');
  if (url.pathname !== '/cgi-bin/webhook/send' || url.searchParams.get('key') !== key)
    return refused(93_000, 'invalid webhook url');
  if (!window.admits(request.atMs)) return refused(45_009, 'api freq out of limit');
  const message = jsonOf(request.body) as Record<string, Record<string, unknown>> | undefined;
  const type = String(message?.['msgtype']);
  const content = message?.[type]?.['content'];
  const bytesMax = CONTENT_BYTES_MAX[type];
  if (bytesMax === undefined || typeof content !== 'string' || content === '')
    return refused(40_058, 'invalid Request Parameter');
  if (Buffer.byteLength(content) > bytesMax) return refused(40_058, `${type}.content exceed max length ${bytesMax}`);
  return jsonAnswer({ errcode: 0, errmsg: 'ok' }, true);
}
