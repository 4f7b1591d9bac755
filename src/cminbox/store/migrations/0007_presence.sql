-- Several colleagues: who is at work on which reply, whom a note waits for, when somebody was last here, whose journal.

CREATE TABLE presence (                 -- a colleague with a reply open in the composer
  conversation_id INTEGER NOT NULL,
  colleague_id INTEGER NOT NULL,
  place TEXT NOT NULL,                  -- the process: the name of a file that it holds a lock on (store.presence)
  since_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,               -- its last key, to the minute
  taken_by INTEGER,                     -- the colleague who took the reply over
  PRIMARY KEY (conversation_id, colleague_id, place)
) WITHOUT ROWID;

ALTER TABLE act ADD COLUMN overtaken_by INTEGER;  -- who had taken the reply over when it was written all the same

ALTER TABLE note_mention ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;  -- nobody opened the conversation since
CREATE INDEX note_mention_unread ON note_mention (colleague_id, message_id) WHERE unread;
CREATE INDEX note_mention_of_note ON note_mention (message_id) WHERE unread;

ALTER TABLE colleague ADD COLUMN seen_ms INTEGER;  -- when a screen of theirs was last open; NULL: never

CREATE INDEX journal_of_colleague ON journal (by) WHERE by IS NOT NULL;  -- arrivals, the most of it, are not in it
