-- The moderation queue: conversations with a message that nobody else sees until one of us approves it.

ALTER TABLE conversation ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversation_pending ON conversation (shown_ms, id) WHERE pending;
CREATE INDEX message_pending ON message (conversation_id) WHERE state = 'pending';
