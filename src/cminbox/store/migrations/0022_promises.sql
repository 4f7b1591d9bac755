-- Of the wait that a reply ended: the message it began with, and the target in force when the reply was sent.
ALTER TABLE response ADD COLUMN asked_message_id INTEGER;
ALTER TABLE response ADD COLUMN target_s INTEGER;         -- NULL: there was none
-- A conversation's verbs are also those of the conversations that were joined to it.
CREATE INDEX conversation_alias_of ON conversation_alias (conversation_id);
