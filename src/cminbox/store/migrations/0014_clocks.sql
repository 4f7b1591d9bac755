-- By when an answer is due: the least of targets and of the network's reply window. Only where somebody waits.
ALTER TABLE conversation ADD COLUMN due_ms INTEGER;
ALTER TABLE response ADD COLUMN due_ms INTEGER;   -- of the wait that this reply ended, where it had a target
CREATE INDEX conversation_due ON conversation (due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX conversation_due_account ON conversation (account_id, due_ms, id) WHERE due_ms IS NOT NULL;
