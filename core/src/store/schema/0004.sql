-- What the engine needs to repair sessions and counters: store/unopened.rs, store/rewinds.rs.

-- The last place of what could not be opened (3), in a history of any length.
CREATE INDEX messages_unopened ON messages (conversation, place) WHERE kind = 3;

-- Sessions in which a key was used twice, because the store at one end was put back to an earlier state.
CREATE TABLE rewinds (
  th BLOB NOT NULL,
  ours INTEGER NOT NULL, -- whether it was our store
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  open INTEGER NOT NULL, -- until the device that was put back says that it knows
  seen INTEGER NOT NULL,
  PRIMARY KEY (account, device, th, ours),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
