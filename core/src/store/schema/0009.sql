-- Names and pictures that users show to their contacts: store/profiles.rs. Names stand in account and conversations.

-- A row once the user has set a profile.
CREATE TABLE own_profile (
  row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
  revision INTEGER NOT NULL,
  picture BLOB -- sealed
) STRICT;

-- A row once a contact has sent one. Apart from conversations, which change with every message.
CREATE TABLE contact_profiles (
  account BLOB NOT NULL PRIMARY KEY REFERENCES conversations (account) ON DELETE CASCADE,
  revision INTEGER NOT NULL,
  picture_revision INTEGER NOT NULL, -- the revision that brought the picture; 0: none
  picture BLOB -- sealed
) STRICT;

-- What each device of a contact was told of ours. Without a row: nothing.
CREATE TABLE told_profiles (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  revision INTEGER NOT NULL, -- less than our own: it is owed that
  counter INTEGER NOT NULL, -- of the content that told it
  due_ms INTEGER NOT NULL, -- when it may be told the next one
  PRIMARY KEY (account, device),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
