-- Mailboxes that are replaced, and where contacts read before: store/rotations.rs, store/earlier.rs.

ALTER TABLE mailboxes ADD COLUMN received INTEGER NOT NULL DEFAULT 0; -- envelopes
ALTER TABLE mailboxes ADD COLUMN heard INTEGER NOT NULL DEFAULT 0; -- the hour of the last one
ALTER TABLE mailboxes ADD COLUMN replace_after INTEGER NOT NULL DEFAULT 0; -- an hour; 0: not drawn yet
ALTER TABLE mailboxes ADD COLUMN replace_at INTEGER NOT NULL DEFAULT 0; -- envelopes
ALTER TABLE mailboxes ADD COLUMN retired INTEGER; -- the hour in which another took its place
ALTER TABLE mailboxes ADD COLUMN told INTEGER; -- the counter of the content that names that other one
ALTER TABLE mailboxes ADD COLUMN acknowledged INTEGER; -- the hour in which that had come
ALTER TABLE mailboxes ADD COLUMN delete_after INTEGER; -- an hour, drawn then

-- Where a contact's device read before it moved: a store that is put back reads there again.
CREATE TABLE earlier_descriptors (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  mailbox BLOB NOT NULL,
  descriptor BLOB NOT NULL, -- sealed
  left_ms INTEGER NOT NULL,
  PRIMARY KEY (account, device, mailbox),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Since when the oldest content for such a device is not delivered.
CREATE TABLE silences (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  since INTEGER NOT NULL,
  tried INTEGER, -- the hour in which its earlier mailboxes were tried
  PRIMARY KEY (account, device),
  FOREIGN KEY (account, device) REFERENCES peers (account, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
