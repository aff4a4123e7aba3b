-- Search: an index over texts, newest first. What stands in it: store/words.rs.

-- Words only: the texts stand in messages, so that nothing is kept twice. Marks belong to words.
CREATE VIRTUAL TABLE texts USING fts5 (
  words, content = '', columnsize = 0,
  tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co'''
);
-- A word that is deleted leaves the index's pages at once, not at some later merge.
INSERT INTO texts (texts, rank) VALUES ('secure-delete', 1);

-- Where the text of a row of the index stands. Rows are numbered in the order in which texts were stored.
CREATE TABLE text_rows (
  row INTEGER NOT NULL PRIMARY KEY,
  conversation INTEGER NOT NULL,
  place INTEGER NOT NULL
) STRICT;

ALTER TABLE messages ADD COLUMN text_row INTEGER;
