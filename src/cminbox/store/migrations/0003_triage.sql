-- Tags, notes that name a colleague, and what the filters of triage read. Indices on conversation are partial: most
-- conversations are not in them.

CREATE TABLE tag (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,          -- the name as it is compared (text.fold)
  colour TEXT NOT NULL,                 -- a word of the palette (model.tags)
  deleted INTEGER NOT NULL DEFAULT 0    -- not offered any more; undo may bring it back
);

CREATE TABLE conversation_tag (         -- the columns of its conversation are repeated for the indices (store.tags)
  tag_id INTEGER NOT NULL REFERENCES tag,
  conversation_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  network_id INTEGER NOT NULL,
  assignee INTEGER,
  shown_ms INTEGER NOT NULL,
  waits_ms INTEGER,
  PRIMARY KEY (conversation_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX conversation_tag_by_state ON conversation_tag (tag_id, state, shown_ms, conversation_id);
CREATE INDEX conversation_tag_by_network ON conversation_tag (tag_id, state, network_id, shown_ms, conversation_id);
CREATE INDEX conversation_tag_by_assignee ON conversation_tag (tag_id, state, assignee, shown_ms, conversation_id)
  WHERE assignee IS NOT NULL;
CREATE INDEX conversation_tag_waits ON conversation_tag (tag_id, waits_ms, conversation_id) WHERE waits_ms IS NOT NULL;

CREATE TABLE note_mention (             -- whom a note names; its message may be out of its conversation (undone)
  colleague_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (colleague_id, message_id)
) WITHOUT ROWID;

CREATE INDEX conversation_unassigned ON conversation (state, shown_ms, id) WHERE assignee IS NULL;
CREATE INDEX conversation_private ON conversation (state, shown_ms, id) WHERE is_private;
CREATE INDEX topic_of_campaign ON topic (campaign) WHERE campaign IS NOT NULL;

-- Gauges have two more scopes: tag and topic.
CREATE INDEX gauge_of_topics ON gauge (name, n) WHERE scope = 'topic';
INSERT INTO gauge SELECT 'topic', topic_id, state, count(*) FROM conversation WHERE topic_id IS NOT NULL GROUP BY 2, 3;
INSERT INTO gauge SELECT 'topic', topic_id, 'unanswered', count(*) FROM conversation
  WHERE topic_id IS NOT NULL AND waits_ms IS NOT NULL GROUP BY 2;
INSERT INTO gauge SELECT 'topic', topic_id, 'unread', count(*) FROM conversation
  WHERE topic_id IS NOT NULL AND unread AND state = 'open' GROUP BY 2;
