-- Very large steps: what of a step still counts, and what can be redone, found without passing over what was undone.
CREATE INDEX journal_counting ON journal (by, batch)
  WHERE batch IS NOT NULL AND undone_by IS NULL AND verb NOT IN ('undo', 'redo');
CREATE INDEX journal_redoable ON journal (by, batch)
  WHERE batch IS NOT NULL AND undone_by IS NULL AND verb = 'undo';

-- What verbs changed that belongs to no conversation (templates, tags, campaigns).
CREATE INDEX journal_kept ON journal (id) WHERE conversation_id IS NULL;

CREATE TABLE label (                    -- names of ours (of tags, of campaigns): the journal holds their numbers
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

CREATE TABLE selection_draft (          -- an answer to many while it is written
  by INTEGER NOT NULL REFERENCES colleague,
  private INTEGER NOT NULL,
  text TEXT NOT NULL,
  conversations TEXT NOT NULL,          -- JSON: the ids it goes to
  saved_ms INTEGER NOT NULL,
  PRIMARY KEY (by, private)
) WITHOUT ROWID;

-- What tells a cluster's first message from others without reading it (insight/clusters.py: Marks); NULL: not known.
-- The keys that stand for a core have 64 bits now: those of before find nothing any more.
ALTER TABLE cluster ADD COLUMN sketch BLOB;
