import type { ToldMessage } from '../../../src/people/dashboard/wire.ts';
import type { Reader } from '../reader.ts';
import { Markdown } from './markdown.tsx';

/** What people would have been told, newest first, each as DingTalk would show it. */
export function Messages({ messages, reader }: { messages: readonly ToldMessage[]; reader: Reader }) {
  const { words, language } = reader;
  const newestAtMs = messages.at(-1)?.atMs ?? 0;
  return (
    <section id="messages" class="messages" tabIndex={-1} aria-labelledby="messages-title">
      <h2 id="messages-title">{words.messages}</h2>
      <p class="aside">{words.messagesHint}</p>
      {/* Another language is another log: it is not read out as if everything had just come. */}
      <div key={language} role="log" class="message-log" aria-labelledby="messages-title">
        {messages.length === 0 ? <p class="gone">{words.noMessages}</p> : null}
        <ol>
          {messages.toReversed().map((message) => (
            <li key={message.id}>
              <Card message={message} newestAtMs={newestAtMs} reader={reader} />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Card({ message, newestAtMs, reader }: { message: ToldMessage; newestAtMs: number; reader: Reader }) {
  const { words, time } = reader;
  const { type, severity, atMs, route, sink, title, text } = message;
  return (
    <article class={`message ${severity}`} aria-label={title}>
      <svg class="avatar" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M6 13c3.3 0 3.3-3.5 6.7-3.5S16 13 19.3 13s3.4-3.5 6.7-3.5" />
        <path d="M6 21c3.3 0 3.3-3.5 6.7-3.5S16 21 19.3 21s3.4-3.5 6.7-3.5" />
      </svg>
      <p class="aside">
        Podtide <span class="badge">{words.robot}</span>{' '}
        <time dateTime={new Date(atMs).toISOString()} title={time.full(atMs)}>
          {time.near(atMs, newestAtMs)}
        </time>
      </p>
      <div class="bubble">
        <Markdown text={text} />
      </div>
      <p class="aside">
        {words.noticeSeverities[severity]} · <code>{type}</code> · {words.route} {route} → {sink}
      </p>
    </article>
  );
}
