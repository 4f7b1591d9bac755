-- Of the wait that a reply ended: the message it began with, and the target in force when the reply was sent.
ALTER TABLE response ADD COLUMN asked_message_id INTEGER;
ALTER TABLE response ADD COLUMN target_s INTEGER;         -- NULL: there was none
