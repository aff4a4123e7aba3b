-- Counters under which content came that is not shown: store/rewinds.rs.

CREATE TABLE hidden_counters (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  PRIMARY KEY (account, device, counter),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- When an envelope was put first: relays know its bytes for 32 days from then. Few rows are of one device: store/outbox.rs.
ALTER TABLE outbox ADD COLUMN first_put INTEGER;
UPDATE outbox SET first_put = put WHERE put IS NOT NULL;
DROP INDEX outbox_by_age;
