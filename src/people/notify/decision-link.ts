import type { Notice, NoticeSubject } from '../../core/episode/notice.ts';
import type { NoticeReader } from '../../core/explain/explain-notices.ts';

/** What an address may leave open, by the name that stands in braces: `{namespace}`. */
const PLACES: Readonly<Record<string, (notice: Notice, subject: NoticeSubject, cluster: string) => string>> = {
  cluster: (_notice, _subject, cluster) => cluster,
  namespace: (_notice, { namespace }) => namespace,
  hpa: (_notice, { hpaName }) => hpaName,
  kind: (_notice, { targetKind }) => targetKind,
  target: (_notice, { targetName }) => targetName,
  episode: ({ episode }) => episode?.id ?? '',
  atMs: ({ episode, atMs }) => String(episode?.steps.at(-1)?.atMs ?? atMs),
};

const PLACE = /\{([^{}]*)\}/g;

/**
 * Addresses of decisions, made from one with places: `https://grafana.example.com/d/hpa?var-hpa={hpa}&time={atMs}`. The
 * instant is that of the newest step of a scaling, or of the notice where it is none. Notices about no HPA have no address.
 *
 * @param cluster what fills `{cluster}`
 */
export function decisionLink(template: string, cluster: string): NonNullable<NoticeReader['linkOf']> {
  return (notice) => {
    const subject = notice?.subject;
    if (notice === undefined || subject === undefined) return undefined;
    const filled = template.replace(PLACE, (_place, name: string) =>
      encodeURIComponent(PLACES[name]?.(notice, subject, cluster) ?? ''),
    );
    // A name may be no part of a host: the message goes out without a link.
    return URL.parse(filled)?.href;
  };
}

/** What is wrong with an address with places; undefined when nothing is. */
export function decisionLinkProblem(template: string): string | undefined {
  const unknown = [...template.matchAll(PLACE)].map(([, name = '']) => name).find((name) => !(name in PLACES));
  const known = Object.keys(PLACES).map((name) => `{${name}}`);
  if (unknown !== undefined) return `{${unknown}} stands for nothing; there are ${known.join(', ')}`;
  const filled = template.replace(PLACE, '1');
  if (/[{}]/.test(filled)) return `has a brace without its partner; there are ${known.join(', ')}`;
  const url = URL.parse(filled);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return undefined;
  return 'must be an address of http or https without a password, such as https://grafana.example.com/d/hpa?var-hpa={hpa}';
}
