import type { Container } from '../objects.ts';

/** A request as a command makes it. */
export interface RequestCommand {
  readonly client: 'wget' | 'curl';
  /** As written, without the port: `php-apache`, `php-apache.default.svc.cluster.local`, `10.96.0.7`. */
  readonly host: string;
  /** As written; absent when it is not. */
  readonly port?: number;
  /** Whether answers are printed. */
  readonly isPrinting: boolean;
}

/** A container whose command asks one address for ever, as the load generators of tutorials do. */
export interface LoopCommand extends RequestCommand {
  readonly pauseMs: number;
}

/**
 * Reads `while sleep 0.01; do wget -q -O- http://php-apache; done` and its relatives off a container's command: an
 * endless shell loop with a wget or curl in it. Undefined for any other command.
 */
export function readLoopCommand(container: Pick<Container, 'command' | 'args'>): LoopCommand | undefined {
  const loop = LOOP.exec(scriptOf(container));
  if (loop === null) return undefined;
  const [, condition = '', body = ''] = loop;
  const request = readRequest(body) ?? readRequest(condition);
  return request === undefined ? undefined : { ...request, pauseMs: pauseMsOf(`${condition};${body}`) };
}

/** Reads a command that asks once and ends: `wget -q -O- http://php-apache`. Undefined for loops and any other command. */
export function readSingleRequest(container: Pick<Container, 'command' | 'args'>): RequestCommand | undefined {
  const script = scriptOf(container);
  return LOOP.test(script) ? undefined : readRequest(script);
}

const LOOP = /\b(?:while|until)\s+([\s\S]+?)\s*;?\s*\bdo\b([\s\S]*)\bdone\b/;

function scriptOf({ command = [], args = [] }: Pick<Container, 'command' | 'args'>): string {
  const words = [...command, ...args];
  const dashC = words.indexOf('-c');
  return dashC === -1 ? words.join(' ') : (words[dashC + 1] ?? '');
}

function readRequest(script: string): RequestCommand | undefined {
  const request = /\b(wget|curl)\b([^;&|]*)/.exec(script);
  if (request === null) return undefined;
  const [, client, rest = ''] = request;
  const authority = readAuthority(rest);
  if (authority === undefined) return undefined;
  const [host = '', port] = authority.split(':');
  return {
    client: client === 'curl' ? 'curl' : 'wget',
    host,
    ...(port !== undefined && { port: Number(port) }),
    isPrinting: isPrinting(client, rest),
  };
}

/** Host and port of the first address among the words: with a scheme, or the last word that is no option. */
function readAuthority(text: string): string | undefined {
  const withScheme = /https?:\/\/(?:[^\s/@"']*@)?([^\s/:"'?]+(?::\d+)?)/.exec(text)?.[1];
  if (withScheme !== undefined) return withScheme;
  const bare = text
    .replace(/\d?>+\s*\S+/g, ' ')
    .split(/\s+/)
    .filter((word) => /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/.*)?$/i.test(word));
  return bare.at(-1)?.split('/')[0];
}

/** All sleeps of a turn together; `sleep 0.01`, `sleep 2s`, `sleep 1m`. */
function pauseMsOf(text: string): number {
  const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
  let pauseMs = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/\bu?sleep\s+([\d.]+)([smh])?/g)) {
    pauseMs += Number(amount) * (UNIT_MS[unit] ?? 1_000);
  }
  return pauseMs;
}

function isPrinting(client: string | undefined, rest: string): boolean {
  if (/>\s*\/dev\/null/.test(rest)) return false;
  if (client === 'curl') return !/-o\s*\/dev\/null/.test(rest);
  return /-\w*O\s*-(\s|$)/.test(rest) || /--output-document=-/.test(rest);
}
