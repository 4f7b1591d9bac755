-- What we listen to without being addressed: whose name it is about (us, competitor:NAME, theme). Never waits for us.

ALTER TABLE conversation ADD COLUMN about TEXT;
CREATE INDEX conversation_listening ON conversation (shown_ms, id) WHERE about IS NOT NULL;
CREATE INDEX conversation_about ON conversation (about) WHERE about IS NOT NULL;
