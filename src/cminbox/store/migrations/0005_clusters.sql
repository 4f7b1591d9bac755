-- Clusters: open conversations whose waiting messages say the same (insight/clusters.py), a brand's own each. No text is
-- kept here: a cluster points to the message that others are compared with, and its keys are hashes.

-- Taken out of its cluster by a colleague: messages up to this one join none.
ALTER TABLE conversation ADD COLUMN apart_message_id INTEGER NOT NULL DEFAULT 0;

CREATE TABLE cluster (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER,                   -- its first message; NULL: that one says something else by now, nothing joins
  size INTEGER NOT NULL,                -- conversations in it now
  was_shared INTEGER NOT NULL DEFAULT 0, -- it had two or more
  first_ms INTEGER,                     -- since when its first conversation waits, and which one that is
  first_id INTEGER,
  keep_until_ms INTEGER,                -- it is empty, and forgotten after this
  answered_batch INTEGER,               -- the step of the journal that answered it as one, and whose
  answered_by INTEGER,
  answered_with INTEGER                 -- the template of that answer; NULL: plain texts
);
CREATE INDEX cluster_waves ON cluster (first_ms, first_id) WHERE size >= 2;
CREATE INDEX cluster_ending ON cluster (keep_until_ms) WHERE keep_until_ms IS NOT NULL;

CREATE TABLE cluster_key (              -- texts that say the same share one of these
  key INTEGER NOT NULL,
  cluster_id INTEGER NOT NULL,
  PRIMARY KEY (key, cluster_id)
) WITHOUT ROWID;

CREATE TABLE cluster_member (
  conversation_id INTEGER PRIMARY KEY,
  cluster_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,          -- the message that waits
  waits_ms INTEGER NOT NULL
);
CREATE INDEX cluster_members ON cluster_member (cluster_id, waits_ms, conversation_id);
