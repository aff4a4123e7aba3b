-- Fewer pages for each message: store/changes.rs, store/outbox.rs, store/texts.rs.

-- Where a conversation's change stands, in a row that changes with it anyway; 0: nowhere yet.
ALTER TABLE conversations ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE changes_by_number (
  number INTEGER NOT NULL PRIMARY KEY,
  kind INTEGER NOT NULL,
  key BLOB NOT NULL
) STRICT;
INSERT INTO changes_by_number (number, kind, key) SELECT number, kind, key FROM changes;
-- Not renamed to the old one's name: where making the file had failed once, a rename left SQLite in a transaction.
DROP TABLE changes;

-- These go on behind the last row.
DELETE FROM counters WHERE name IN ('changes', 'outbox', 'texts');

-- What we sent is found by its place.
DROP INDEX messages_by_counter;
CREATE UNIQUE INDEX messages_by_counter ON messages (conversation, device, counter)
  WHERE direction = 1 AND counter > 0;

-- What is old is looked for once in a while, among all.
DROP INDEX envelopes_by_age;
