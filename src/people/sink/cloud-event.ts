import { SINK_WEBHOOK_BODY_BYTES_MAX } from '../../base/sink-limits.ts';
import type { Notice } from '../../core/episode/notice.ts';
import { bytesOf } from './chat-text.ts';
import { fitMessage } from './fit-message.ts';
import type { Delivery } from './sink.ts';

/** Before the name of a notice's type in the type of its event. */
const TYPE_PREFIX = 'dev.podtide';

/**
 * A delivery as an event of CloudEvents 1.0 in structured JSON: what people are shown as `data.message`, what happened as
 * `data.notices`, of which the last are left out where there is no room. Undefined when not even the message fits.
 */
export function cloudEvent(delivery: Delivery): string | undefined {
  const { notices, message } = delivery;
  const fits = (count: number): boolean => bytesOf(eventOf(delivery, count)) <= SINK_WEBHOOK_BODY_BYTES_MAX;
  for (let count = notices.length; count >= 0; count = Math.ceil(count / 2) - 1) {
    if (fits(count)) return eventOf(delivery, count);
  }
  const fitting = fitMessage(
    message,
    (candidate) => bytesOf(eventOf({ ...delivery, message: candidate }, 0)),
    SINK_WEBHOOK_BODY_BYTES_MAX,
  );
  return fitting === undefined ? undefined : eventOf({ ...delivery, message: fitting }, 0);
}

function eventOf({ id, message, notices, isPossibleDuplicate }: Delivery, noticeCount: number): string {
  const [first] = notices;
  const subject = notices.length === 1 ? subjectOf(first) : undefined;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `/podtide/clusters/${encodeURIComponent(first?.cluster ?? '')}`,
    type: notices.length === 1 && first !== undefined ? `${TYPE_PREFIX}.${first.type}.v1` : `${TYPE_PREFIX}.digest.v1`,
    ...(subject === undefined ? {} : { subject }),
    ...(first === undefined ? {} : { time: new Date(first.atMs).toISOString() }),
    datacontenttype: 'application/json',
    data: {
      message,
      notices: notices.slice(0, noticeCount),
      omittedNoticeCount: notices.length - noticeCount,
      isPossibleDuplicate,
    },
  });
}

function subjectOf(notice: Notice | undefined): string | undefined {
  return notice?.subject === undefined ? undefined : `${notice.subject.namespace}/${notice.subject.hpaName}`;
}
