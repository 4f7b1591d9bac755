-- What the screen shows and takes back: whether there are notes in a conversation, and drafts that were thrown away.

CREATE INDEX message_notes ON message (conversation_id) WHERE audience = 'note';

CREATE TABLE dropped_draft (            -- the journal names it by its id; undo puts it back
  id INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL,
  audience TEXT NOT NULL,
  by INTEGER NOT NULL,
  text TEXT NOT NULL,
  seen_message_id INTEGER,
  saved_ms INTEGER NOT NULL,
  live INTEGER NOT NULL                 -- 1: it is a draft (again), what is here is its text of then
);
CREATE INDEX dropped_draft_of ON dropped_draft (conversation_id);
