-- What is found again from the tables whenever the store is opened, and is not written with every message. These tables
-- are in memory, follow the others by triggers, and are undone with them when a transaction is.

CREATE TEMP TABLE outbox_unput (
  into_mailbox BLOB NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (into_mailbox, id)
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE outbox_by_peer (
  of_account BLOB NOT NULL,
  of_device INTEGER NOT NULL,
  of_counter INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (of_account, of_device, of_counter, id)
) STRICT, WITHOUT ROWID;

-- Envelopes' places that nothing names.
CREATE TEMP TABLE free_slots (
  bytes INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  PRIMARY KEY (bytes, slot)
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE peers_owing_receipts (
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE conversations_by_change (
  number INTEGER NOT NULL PRIMARY KEY,
  account BLOB NOT NULL
) STRICT;

INSERT INTO outbox_unput SELECT mailbox, id FROM main.outbox WHERE put IS NULL;
INSERT INTO outbox_by_peer SELECT account, device, counter, id FROM main.outbox;
INSERT INTO free_slots SELECT length(envelope), slot FROM main.outbox_slots
  WHERE slot NOT IN (SELECT slot FROM main.outbox);
INSERT INTO peers_owing_receipts SELECT account, device FROM main.peers WHERE owes_receipt = 1;
INSERT OR IGNORE INTO conversations_by_change SELECT changed, account FROM main.conversations WHERE changed > 0;

CREATE TEMP TRIGGER outbox_grows AFTER INSERT ON main.outbox BEGIN
  INSERT INTO outbox_by_peer VALUES (new.account, new.device, new.counter, new.id);
  INSERT INTO outbox_unput SELECT new.mailbox, new.id WHERE new.put IS NULL;
END;

CREATE TEMP TRIGGER outbox_is_put AFTER UPDATE OF put ON main.outbox
WHEN (old.put IS NULL) <> (new.put IS NULL) BEGIN
  DELETE FROM outbox_unput WHERE into_mailbox = new.mailbox AND id = new.id;
  INSERT INTO outbox_unput SELECT new.mailbox, new.id WHERE new.put IS NULL;
END;

-- Of places that nothing names 16 are kept of each length, which are the sizes of envelopes: PROTOCOL.md §3.
CREATE TEMP TRIGGER outbox_shrinks AFTER DELETE ON main.outbox BEGIN
  DELETE FROM outbox_by_peer WHERE of_account = old.account AND of_device = old.device
    AND of_counter = old.counter AND id = old.id;
  DELETE FROM outbox_unput WHERE into_mailbox = old.mailbox AND id = old.id;
  DELETE FROM outbox_slots WHERE slot = old.slot
    AND (SELECT count(*) FROM free_slots WHERE bytes = length(envelope)) >= 16;
  UPDATE outbox_slots SET envelope = zeroblob(length(envelope)) WHERE slot = old.slot;
  INSERT INTO free_slots SELECT length(envelope), slot FROM outbox_slots WHERE slot = old.slot;
END;

CREATE TEMP TRIGGER peers_grow AFTER INSERT ON main.peers WHEN new.owes_receipt = 1 BEGIN
  INSERT INTO peers_owing_receipts VALUES (new.account, new.device);
END;

CREATE TEMP TRIGGER peers_owe AFTER UPDATE OF owes_receipt ON main.peers
WHEN old.owes_receipt <> new.owes_receipt BEGIN
  DELETE FROM peers_owing_receipts WHERE account = new.account AND device = new.device;
  INSERT INTO peers_owing_receipts SELECT new.account, new.device WHERE new.owes_receipt = 1;
END;

CREATE TEMP TRIGGER peers_shrink AFTER DELETE ON main.peers BEGIN
  DELETE FROM peers_owing_receipts WHERE account = old.account AND device = old.device;
END;

CREATE TEMP TRIGGER conversations_change AFTER UPDATE OF changed ON main.conversations BEGIN
  DELETE FROM conversations_by_change WHERE number = old.changed;
  INSERT OR REPLACE INTO conversations_by_change VALUES (new.changed, new.account);
END;

CREATE TEMP TRIGGER conversations_shrink AFTER DELETE ON main.conversations BEGIN
  DELETE FROM conversations_by_change WHERE number = old.changed;
END;
