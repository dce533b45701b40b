import { Failure } from '../../base/failure.ts';
import type { DecisionFeed, DecisionSummary } from '../../control/history/feed.ts';
import type { Notice, NoticeSubject } from '../../core/episode/notice.ts';
import type { MessageFeed, MessageReader } from '../../people/dashboard/message-feed.ts';
import { pageAddress } from '../../people/dashboard/page-address.ts';
import type { ToldMessage } from '../../people/dashboard/wire.ts';
import type { NoticeBoard, PostedNotice } from '../../people/notify/notice-board.ts';
import { createRenderer } from '../../people/notify/notice-rendering.ts';
import { zonedInstantFormat } from '../../people/notify/zoned-instant.ts';
import { dingTalkDialect } from '../../people/sink/ding-talk-sink.ts';
import { decisionBehind } from './decision-behind.ts';

/**
 * What stands on a board as DingTalk's robots would be sent it, each with a link to the decision behind it on the reader's
 * own page. Made anew for each reader, in the language and the zone of theirs.
 */
export function createMessageCards(
  board: Pick<NoticeBoard, 'list' | 'watch'>,
  feed: Pick<DecisionFeed, 'list'>,
): MessageFeed {
  return {
    messages: async (reader) => {
      requireTimeZone(reader.timeZone);
      const posted = board.list();
      const linkOf = await linksTo(posted, feed, reader);
      return posted.flatMap((each) => cardOf(each, reader, linkOf) ?? []);
    },
    watch: (listener) => board.watch(() => listener()),
  };
}

type LinkOf = (notice: Notice | undefined) => string | undefined;

/** Addresses of the decisions behind these notices; of the HPA where the decision is not kept any more. */
async function linksTo(
  posted: readonly PostedNotice[],
  feed: Pick<DecisionFeed, 'list'>,
  { pageUrl }: MessageReader,
): Promise<LinkOf> {
  const changes = new Map<string, readonly DecisionSummary[]>();
  for (const { notice } of posted) {
    const { subject } = notice;
    if (subject === undefined || changes.has(keyOf(subject))) continue;
    const { namespace, hpaName: name } = subject;
    changes.set(keyOf(subject), await feed.list({ namespace, name, isChangeOnly: true }));
  }
  return (notice) => {
    const subject = notice?.subject;
    if (notice === undefined || subject === undefined) return undefined;
    const id = decisionBehind(notice, changes.get(keyOf(subject)) ?? []);
    return pageAddress(pageUrl, subject.namespace, subject.hpaName, id);
  };
}

/** Undefined when not even a character of it would fit, which DingTalk would not be sent either. */
function cardOf(
  { notice, route, sink }: PostedNotice,
  { language, timeZone }: MessageReader,
  linkOf: LinkOf,
): ToldMessage | undefined {
  const render = createRenderer(() => ({ clusterName: notice.cluster, isSeedForm: () => false, linkOf }));
  const message = render({
    notices: [notice],
    route: { name: route.name, language, timeZone },
    sink,
    form: 'full',
    isDigest: false,
    isPossibleDuplicate: false,
  });
  const dialect = dingTalkDialect({ format: 'markdown' });
  const { mention } = route;
  const delivery = { id: notice.id, message, notices: [notice], isPossibleDuplicate: false, mention };
  const request = dialect.compose(delivery, dialect.urlOf(''), undefined);
  if (request === undefined) return undefined;
  const { markdown } = JSON.parse(request.body) as {
    readonly markdown: { readonly title: string; readonly text: string };
  };
  const { id, type, severity, atMs } = notice;
  return { id: `${id} ${sink}`, type, severity, atMs, route: route.name, sink, ...markdown };
}

function keyOf({ namespace, hpaName }: NoticeSubject): string {
  return `${namespace}/${hpaName}`;
}

function requireTimeZone(timeZone: string): void {
  try {
    zonedInstantFormat(timeZone);
  } catch (thrown) {
    throw new Failure(
      'invalid',
      `timeZone: ${timeZone} is no time zone; it must be an IANA name such as Asia/Shanghai`,
      {
        cause: thrown,
      },
    );
  }
}
