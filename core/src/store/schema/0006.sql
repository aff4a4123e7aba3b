-- Texts that wait to be encrypted (3): store/waiting.rs.

CREATE INDEX messages_waiting ON messages (conversation, device, place) WHERE delivery = 3;
