-- The words of a text follow its row, some texts at a time: store/texts.rs.

-- Until now they were written together.
INSERT INTO counters (name, value) SELECT 'texts indexed', value FROM counters WHERE name = 'texts';
