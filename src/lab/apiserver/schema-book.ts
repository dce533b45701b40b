import book from './generated/schema-book.json' with { type: 'json' };
import type { Field, Message, SchemaBook } from './schema.ts';

/** The schema book of every kind that this server knows. */
export const SCHEMA_BOOK = book as unknown as SchemaBook;

/** A message by its name; an empty one when the book has none, so that its fields are all unknown. */
export function messageNamed(book: SchemaBook, name: string): Message {
  return book[name] ?? {};
}

/**
 * The fields that a message has in JSON, those of inline messages included (a Volume's `emptyDir`), kept for each message
 * because every write asks.
 */
export class JsonFields {
  readonly #book: SchemaBook;
  readonly #byName = new Map<string, Message>();

  constructor(book: SchemaBook) {
    this.#book = book;
  }

  of(messageName: string): Message {
    const known = this.#byName.get(messageName);
    if (known !== undefined) return known;
    const fields: Record<string, Field> = {};
    for (const [name, field] of Object.entries(messageNamed(this.#book, messageName))) {
      if (field.isInline && typeof field.type === 'object') Object.assign(fields, this.of(field.type.message));
      else fields[name] = field;
    }
    this.#byName.set(messageName, fields);
    return fields;
  }
}
