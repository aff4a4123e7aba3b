-- Fewer pages for each message: what can be found again from the tables is kept in memory alone: store/derived.sql.

DROP INDEX outbox_unput;
DROP INDEX outbox_by_peer;
DROP INDEX peers_owing_receipts;

-- Of conversations only what `changed` says; here stand the others, and those that are gone.
DELETE FROM changes_by_number WHERE number IN (SELECT changed FROM conversations);

-- Places for envelopes, used again: a new one takes pages from the list of free ones, which are written with it.
CREATE TABLE outbox_slots (
  slot INTEGER NOT NULL PRIMARY KEY,
  envelope BLOB NOT NULL -- zeros where no row of the outbox names it
) STRICT;
INSERT INTO outbox_slots (slot, envelope) SELECT id, envelope FROM outbox_envelopes;
DROP TABLE outbox_envelopes;
ALTER TABLE outbox ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET slot = id;
