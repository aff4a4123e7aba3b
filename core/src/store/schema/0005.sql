-- How far either side has read, by device. A row only where somebody has read something.

CREATE TABLE reads (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  theirs INTEGER NOT NULL, -- the last counter of ours that they have read
  told INTEGER NOT NULL, -- the last counter of theirs of which they were told that we have read it
  owed INTEGER NOT NULL, -- whether there is more to tell
  PRIMARY KEY (account, device),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX reads_owed ON reads (owed) WHERE owed = 1;
