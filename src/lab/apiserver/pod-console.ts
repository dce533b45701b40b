import { badRequest } from './status.ts';

/** A container of a pod. */
export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The query of `log`. */
export interface LogOptions {
  readonly isFollowed: boolean;
  /** Of the container's life before this one. */
  readonly isPrevious: boolean;
  /** Null for all lines. */
  readonly tailLines: number | null;
  readonly sinceSeconds: number | null;
  readonly hasTimestamps: boolean;
}

/** The streams of an attached client. */
export interface AttachedStreams {
  /** What the client types; ends when it closes its input. */
  readonly stdin: AsyncIterable<Uint8Array>;
  writeStdout(chunk: Uint8Array): void;
  writeStderr(chunk: Uint8Array): void;
}

export interface AttachOptions {
  readonly hasStdin: boolean;
  readonly isTty: boolean;
}

/** What runs in containers, as far as clients read and talk to it: the lab's world implements it. */
export interface PodConsole {
  /** Lines of a log, newlines included; undefined when the container has none yet. Ends by itself unless followed. */
  openLog(ref: ContainerRef, options: LogOptions, signal: AbortSignal): AsyncIterable<string> | undefined;
  /** Connects a client until the process ends, and resolves with its exit code; undefined when there is no process. */
  attach(
    ref: ContainerRef,
    options: AttachOptions,
    streams: AttachedStreams,
    signal: AbortSignal,
  ): Promise<number> | undefined;
}

/** Answers `pods/NAME/log`: text, as it comes. Throws upstream's 400 when there is nothing to show. */
export function answerLog(
  console: PodConsole | undefined,
  ref: ContainerRef,
  query: URLSearchParams,
  signal: AbortSignal,
): Response {
  const options = parseLogOptions(query);
  const log = console?.openLog(ref, options, signal);
  if (log === undefined && options.isPrevious) {
    throw badRequest(`previous terminated container "${ref.container}" in pod "${ref.pod}" not found`);
  }
  if (log === undefined) {
    throw badRequest(`no logs found for container "${ref.container}" in pod "${ref.namespace}/${ref.pod}"`);
  }
  const lines = log[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await lines.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel: async () => void (await lines.return?.()),
  });
  return new Response(body, { headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' } });
}

function parseLogOptions(query: URLSearchParams): LogOptions {
  const number = (name: string): number | null => {
    const text = query.get(name);
    if (text === null) return null;
    if (!/^\d{1,9}$/.test(text))
      throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be greater than or equal to 0`);
    return Number(text);
  };
  return {
    isFollowed: query.get('follow') === 'true',
    isPrevious: query.get('previous') === 'true',
    tailLines: number('tailLines'),
    sinceSeconds: number('sinceSeconds'),
    hasTimestamps: query.get('timestamps') === 'true',
  };
}
