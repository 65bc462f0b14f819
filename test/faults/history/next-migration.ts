import type { Migration } from '../../../src/main/history/migrate.ts'

/** What a later version of the app could bring: a new column, and a table filled from what there is. */
export const NEXT: Migration = {
  id: '9999-next',
  why: 'tests of migration',
  sql: `ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';
    CREATE TABLE copies (run TEXT NOT NULL, filler BLOB NOT NULL) STRICT;
    INSERT INTO copies SELECT id, randomblob(20000) FROM runs;`,
}
