import book from './generated/schema-book.json' with { type: 'json' };
import type { SchemaBook } from './schema.ts';

/** The schema book of every kind that this server knows. */
export const SCHEMA_BOOK = book as unknown as SchemaBook;
