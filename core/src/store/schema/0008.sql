-- How much each conversation holds, kept with every change, so that nobody has to read it all to tell: store/sizes.rs.

ALTER TABLE conversations ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN message_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET
  messages = (SELECT count(*) FROM messages WHERE conversation = key),
  message_bytes = (SELECT coalesce(sum(length(data)), 0) FROM messages WHERE conversation = key);
