-- Every table is WITHOUT ROWID and keyed by random bytes: the order of rows says nothing of when
-- they came. Times are hours of arrival, or weeks for objects that live long.

CREATE TABLE clock (
    one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    hour    INTEGER NOT NULL,
    halted  INTEGER NOT NULL CHECK (halted IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    write_hash  BLOB NOT NULL CHECK (length(write_hash) = 32),
    kind        INTEGER NOT NULL CHECK (kind IN (0, 1)),
    week        INTEGER NOT NULL,
    head        INTEGER NOT NULL,
    envelopes   INTEGER NOT NULL,
    bytes       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE envelope (
    mailbox   BLOB NOT NULL,
    sequence  INTEGER NOT NULL,
    hour      INTEGER NOT NULL,
    sealed    BLOB NOT NULL,
    PRIMARY KEY (mailbox, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE envelope_hash (
    mailbox  BLOB NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    hour     INTEGER NOT NULL,
    PRIMARY KEY (mailbox, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE pile (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    owner_hash  BLOB NOT NULL CHECK (length(owner_hash) = 32),
    week        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What can still be given.
CREATE TABLE entry (
    pile         BLOB NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    last_resort  INTEGER NOT NULL CHECK (last_resort IN (0, 1)),
    sealed       BLOB NOT NULL,
    PRIMARY KEY (pile, hash)
) STRICT, WITHOUT ROWID;

-- What was given or replaced; the bytes go after 24 hours, the hash keeps a repeated fill from
-- giving it twice.
CREATE TABLE given (
    pile    BLOB NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    hour    INTEGER NOT NULL,
    sealed  BLOB,
    PRIMARY KEY (pile, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    pile         BLOB NOT NULL,
    nonce_hash   BLOB NOT NULL CHECK (length(nonce_hash) = 32),
    hash         BLOB NOT NULL,
    last_resort  INTEGER NOT NULL CHECK (last_resort IN (0, 1)),
    hour         INTEGER NOT NULL,
    PRIMARY KEY (pile, nonce_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX envelope_by_hour ON envelope (hour);
CREATE INDEX envelope_hash_by_hour ON envelope_hash (hour);
CREATE INDEX mailbox_by_week ON mailbox (week);
CREATE INDEX pile_by_week ON pile (week);
CREATE INDEX given_by_hour ON given (hour);
CREATE INDEX claim_by_hour ON claim (hour);
