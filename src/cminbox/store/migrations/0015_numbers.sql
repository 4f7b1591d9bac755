-- What the numbers of a period are read by: messages that came in, verbs of colleagues, and acts that ended, by time.
CREATE INDEX message_heard ON message (at_ms, conversation_id, person_id) WHERE direction = 'in' AND addressed;
CREATE INDEX journal_of_colleagues ON journal (at_ms, conversation_id) WHERE by IS NOT NULL;
CREATE INDEX act_finished ON act (finished_ms) WHERE finished_ms IS NOT NULL;
