-- What the user decides about a conversation; the other side never learns of it. A row only where something was decided.

CREATE TABLE arrangements (
  account BLOB NOT NULL PRIMARY KEY REFERENCES conversations (account) ON DELETE CASCADE,
  nickname TEXT NOT NULL,
  draft TEXT NOT NULL,
  pinned INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  muted_until_ms INTEGER -- the end of time is 2^63-1
) STRICT, WITHOUT ROWID;
