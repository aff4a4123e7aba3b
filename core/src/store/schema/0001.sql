-- The first form of the store. Columns that hold secrets say "sealed": store/seal.rs.

CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
  keys BLOB NOT NULL, -- sealed
  log BLOB NOT NULL,
  vault BLOB NOT NULL,
  name TEXT NOT NULL,
  relay BLOB NOT NULL, -- sealed: the join code
  created INTEGER NOT NULL,
  relay_hour INTEGER NOT NULL
) STRICT;

CREATE TABLE prekeys (
  kind INTEGER NOT NULL,
  id INTEGER NOT NULL,
  public BLOB NOT NULL,
  secret BLOB NOT NULL, -- sealed
  invitation BLOB,
  created INTEGER NOT NULL,
  delete_after INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX prekeys_by_invitation ON prekeys (invitation) WHERE invitation IS NOT NULL;

CREATE TABLE invitations (
  id BLOB NOT NULL PRIMARY KEY,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  secret BLOB NOT NULL, -- sealed
  owner BLOB NOT NULL, -- sealed
  address TEXT NOT NULL,
  root BLOB NOT NULL,
  mailbox BLOB NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL,
  renewed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
  pile BLOB NOT NULL PRIMARY KEY,
  link BLOB NOT NULL, -- sealed
  nonce BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mailboxes (
  id BLOB NOT NULL PRIMARY KEY,
  read_key BLOB NOT NULL, -- sealed
  write_key BLOB NOT NULL, -- sealed
  kind INTEGER NOT NULL,
  address TEXT NOT NULL,
  root BLOB NOT NULL,
  live INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  account BLOB,
  device INTEGER,
  invitation BLOB,
  renew_after INTEGER NOT NULL,
  CHECK ((account IS NULL) = (device IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
  key INTEGER NOT NULL PRIMARY KEY,
  account BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  log BLOB NOT NULL,
  state INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  invitation BLOB,
  read_up_to INTEGER NOT NULL,
  last_place INTEGER NOT NULL,
  activity_ms INTEGER NOT NULL
) STRICT;

-- Clustered: a page of history is a few neighbouring pages of the file.
CREATE TABLE messages (
  conversation INTEGER NOT NULL REFERENCES conversations (key),
  place INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  device INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  data BLOB NOT NULL,
  sent_ms INTEGER NOT NULL,
  stored_ms INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (conversation, place)
) STRICT, WITHOUT ROWID;
-- A counter stands once: a message that came twice cannot be shown twice.
CREATE UNIQUE INDEX messages_by_counter ON messages (conversation, direction, device, counter)
  WHERE counter > 0;
-- Outgoing (2) and not delivered (5): store/model.rs.
CREATE INDEX messages_undelivered ON messages (conversation, device, counter)
  WHERE direction = 2 AND delivery <> 5;

CREATE TABLE peers (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  descriptor BLOB, -- sealed
  our_mailbox BLOB,
  sent_counter INTEGER NOT NULL,
  received BLOB NOT NULL,
  acknowledged INTEGER NOT NULL,
  owes_receipt INTEGER NOT NULL,
  record_sent INTEGER NOT NULL,
  PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX peers_owing_receipts ON peers (owes_receipt) WHERE owes_receipt = 1;

-- Apart from peers, which change with every message: a record is large and changes weekly.
CREATE TABLE peer_records (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (account, device),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT;

CREATE TABLE sessions (
  th BLOB NOT NULL PRIMARY KEY,
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  state BLOB NOT NULL, -- sealed
  initiator INTEGER NOT NULL,
  initial BLOB, -- sealed
  initial_sent INTEGER NOT NULL,
  replaces BLOB,
  created INTEGER NOT NULL,
  last_opened INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  chain_first_counter INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_peer ON sessions (account, device);

CREATE TABLE skipped_keys (
  th BLOB NOT NULL REFERENCES sessions (th) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  chain INTEGER NOT NULL,
  n INTEGER NOT NULL,
  key BLOB NOT NULL, -- sealed
  stored INTEGER NOT NULL,
  PRIMARY KEY (th, chain, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX skipped_keys_by_age ON skipped_keys (stored);

CREATE TABLE initials (
  id BLOB NOT NULL PRIMARY KEY,
  th BLOB NOT NULL,
  fields_hash BLOB NOT NULL,
  keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE envelopes (
  hash BLOB NOT NULL PRIMARY KEY,
  seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX envelopes_by_age ON envelopes (seen);

CREATE TABLE outbox (
  id INTEGER NOT NULL PRIMARY KEY,
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  mailbox BLOB NOT NULL,
  address TEXT NOT NULL,
  root BLOB NOT NULL,
  descriptor BLOB NOT NULL, -- sealed
  place INTEGER,
  counter INTEGER NOT NULL,
  put INTEGER,
  was_put INTEGER NOT NULL,
  again_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_unput ON outbox (mailbox, id) WHERE put IS NULL;
CREATE INDEX outbox_by_peer ON outbox (account, device, counter);
CREATE INDEX outbox_by_age ON outbox (account, device, put) WHERE put IS NOT NULL;

-- Apart from outbox, whose rows change with every try: an envelope is large and never changes.
CREATE TABLE outbox_envelopes (
  id INTEGER NOT NULL PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
  envelope BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
  id INTEGER NOT NULL PRIMARY KEY,
  job_group BLOB NOT NULL,
  address TEXT NOT NULL,
  root BLOB NOT NULL,
  kind INTEGER NOT NULL,
  reference BLOB NOT NULL,
  request BLOB NOT NULL -- sealed
) STRICT;
CREATE INDEX jobs_by_group ON jobs (job_group, id);

CREATE TABLE changes (
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  number INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
