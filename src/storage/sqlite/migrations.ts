/** The formats that the file has had. A migration that has been released is never changed; a new one is added at the end. */

/** Number n, from 1, makes format n out of format n - 1. */
export const MIGRATIONS: readonly string[] = [
  // `body` is text, or bytes when it is sealed. A cursor has two copies that are written in turn, so that one damaged row loses nothing.
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, body ANY NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    time INTEGER NOT NULL,
    body ANY NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX log_by_id ON log (id);
  CREATE TABLE cursors (
    subscription TEXT NOT NULL,
    slot INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    body ANY NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (subscription, slot)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE records (
    collection TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    due INTEGER,
    body ANY NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (collection, scope, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_due ON records (collection, due) WHERE due IS NOT NULL;
  CREATE INDEX records_by_scope_and_due ON records (collection, scope, due) WHERE due IS NOT NULL;
  CREATE TABLE parked (number INTEGER PRIMARY KEY, place TEXT NOT NULL UNIQUE, damage TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
  `,
];
