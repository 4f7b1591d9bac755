-- Times are whole milliseconds since the epoch, UTC (_ms). States and kinds are the words of the model.
-- What the journal and aliases name for ever is numbered with AUTOINCREMENT: the number of a row that is gone is never given again.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,                 -- epoch, outbox_stop, salt
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('epoch', '0');

CREATE TABLE colleague (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE brand (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE network (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  network_id INTEGER NOT NULL REFERENCES network,
  brand_id INTEGER REFERENCES brand,
  url TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  paused_because TEXT NOT NULL DEFAULT '',
  settings TEXT NOT NULL DEFAULT '{}',
  profile TEXT,
  connected_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  open_since_ms INTEGER
);

CREATE TABLE person (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  network_id INTEGER NOT NULL REFERENCES network,
  remote_id TEXT NOT NULL,
  handle TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  first_name TEXT NOT NULL DEFAULT '',
  url TEXT,
  is_bot INTEGER NOT NULL DEFAULT 0,
  is_us INTEGER NOT NULL DEFAULT 0,
  first_seen_ms INTEGER NOT NULL,
  UNIQUE (network_id, remote_id)
);

CREATE TABLE topic (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account,
  key TEXT NOT NULL,
  person_id INTEGER REFERENCES person,
  title TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  url TEXT,
  media TEXT,
  at_ms INTEGER,
  is_ours INTEGER NOT NULL DEFAULT 0,
  campaign TEXT,
  UNIQUE (account_id, key)
);

CREATE TABLE conversation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES account,
  network_id INTEGER NOT NULL,          -- the account's, repeated for the indices
  brand_id INTEGER,                     -- the account's, repeated for the indices
  topic_id INTEGER REFERENCES topic,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  assignee INTEGER REFERENCES colleague,
  star INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 1,
  is_private INTEGER NOT NULL DEFAULT 0,
  person_id INTEGER REFERENCES person,  -- of the shown message
  shown_message_id INTEGER,             -- the message that waits, else the newest
  shown_ms INTEGER NOT NULL,            -- its time: the key of every page
  waits_ms INTEGER,                     -- since when somebody waits for us; NULL: nobody does
  waits_message_id INTEGER,
  first_in_ms INTEGER,                  -- the first inbound message, start of the first-response clock
  first_response_ms INTEGER,            -- our first human reply after it
  last_ms INTEGER NOT NULL,
  last_message_id INTEGER,
  last_in_message_id INTEGER,
  reviewed_message_id INTEGER NOT NULL DEFAULT 0,  -- messages up to this id need no answer: a colleague said so
  snooze_until_ms INTEGER,
  linked_conversation_id INTEGER,       -- the private side of a public one, and back
  is_history INTEGER NOT NULL DEFAULT 0 -- begun before the account was connected: in no clock
);
CREATE INDEX conversation_by_state ON conversation (state, shown_ms, id);
CREATE INDEX conversation_by_network ON conversation (state, network_id, shown_ms, id);
CREATE INDEX conversation_by_kind ON conversation (state, kind, shown_ms, id);
CREATE INDEX conversation_by_account ON conversation (state, account_id, shown_ms, id);
CREATE INDEX conversation_by_account_kind ON conversation (state, account_id, kind, shown_ms, id);
CREATE INDEX conversation_by_brand ON conversation (state, brand_id, shown_ms, id);
CREATE INDEX conversation_by_assignee ON conversation (state, assignee, shown_ms, id) WHERE assignee IS NOT NULL;
CREATE INDEX conversation_starred ON conversation (shown_ms, id) WHERE star;
CREATE INDEX conversation_waits ON conversation (waits_ms, id) WHERE waits_ms IS NOT NULL;
CREATE INDEX conversation_waits_account ON conversation (account_id, waits_ms, id) WHERE waits_ms IS NOT NULL;
CREATE INDEX conversation_waits_account_kind ON conversation (account_id, kind, waits_ms, id) WHERE waits_ms IS NOT NULL;
CREATE INDEX conversation_waits_kind ON conversation (kind, waits_ms, id) WHERE waits_ms IS NOT NULL;
CREATE INDEX conversation_waits_topic ON conversation (topic_id, kind, waits_ms, id) WHERE waits_ms IS NOT NULL;
CREATE INDEX conversation_by_topic ON conversation (topic_id, kind, state, shown_ms, id) WHERE topic_id IS NOT NULL;
CREATE INDEX conversation_linked ON conversation (linked_conversation_id) WHERE linked_conversation_id IS NOT NULL;
CREATE INDEX conversation_begun ON conversation (first_in_ms, first_response_ms, waits_ms, state, account_id)
  WHERE first_in_ms IS NOT NULL AND NOT is_history;
CREATE INDEX conversation_snoozed ON conversation (snooze_until_ms) WHERE snooze_until_ms IS NOT NULL;

CREATE TABLE conversation_alias (       -- ids of conversations that were joined to an older one
  id INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL
);

CREATE TABLE participant (              -- one person's wait within a conversation
  conversation_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  answered_ms INTEGER,                  -- our last live human answer to this person
  waits_ms INTEGER,
  waits_message_id INTEGER,
  PRIMARY KEY (conversation_id, person_id)
) WITHOUT ROWID;

CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES account,
  conversation_id INTEGER REFERENCES conversation,  -- NULL: context, found by its place above a message
  topic_id INTEGER REFERENCES topic,
  person_id INTEGER REFERENCES person,
  direction TEXT NOT NULL,
  kind TEXT NOT NULL,
  audience TEXT NOT NULL,
  state TEXT NOT NULL,
  addressed INTEGER NOT NULL DEFAULT 1,
  is_history INTEGER NOT NULL DEFAULT 0,
  remote_id TEXT,                       -- NULL: a note
  global_id TEXT,
  parent_id INTEGER REFERENCES message,
  answers TEXT,                         -- JSON array of person ids that a message of ours answers
  text TEXT NOT NULL,
  media TEXT,
  lang TEXT,
  url TEXT,
  extra TEXT,
  created_ms INTEGER,                   -- the network's time
  precision TEXT NOT NULL DEFAULT 'instant',
  received_ms INTEGER NOT NULL,         -- ours
  at_ms INTEGER NOT NULL,               -- created_ms, else received_ms: the order in a conversation
  edited_ms INTEGER,                    -- the network's time of the newest edit
  state_ms INTEGER,                     -- and of the last time it was hidden, removed or shown again
  reviewed INTEGER NOT NULL DEFAULT 0,  -- needed no answer when its conversation was joined to another
  by INTEGER REFERENCES colleague,      -- the colleague who wrote it here
  act_id INTEGER
);
CREATE INDEX message_in_conversation ON message (conversation_id, at_ms, id);
CREATE INDEX message_of_person ON message (person_id, at_ms, conversation_id);
CREATE INDEX message_under_topic ON message (topic_id, at_ms) WHERE topic_id IS NOT NULL;
CREATE INDEX message_global ON message (global_id) WHERE global_id IS NOT NULL;
CREATE INDEX message_children ON message (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE remote (                   -- every account's name for a message; copies of one global id share a row
  account_id INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  parent TEXT,                          -- the remote id of its parent, NULL too where that is its topic
  key TEXT,                             -- the connector's key of its conversation, which goes before the parent
  gap_s INTEGER,                        -- the key stands for a run of talk with no longer silence than this
  at_ms INTEGER,                        -- the message's, repeated for the order within a key
  PRIMARY KEY (account_id, remote_id)
) WITHOUT ROWID;
CREATE INDEX remote_of_message ON remote (message_id);
CREATE INDEX remote_of_parent ON remote (parent, message_id) WHERE parent IS NOT NULL;
CREATE INDEX remote_of_key ON remote (account_id, key, at_ms, remote_id) WHERE key IS NOT NULL;

CREATE TABLE reaction (
  message_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  reaction TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (message_id, person_id, reaction)
) WITHOUT ROWID;

CREATE TABLE early_change (             -- a change whose message is not known yet
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  change TEXT NOT NULL,
  received_ms INTEGER NOT NULL
);
CREATE INDEX early_change_target ON early_change (account_id, remote_id);

CREATE TABLE tombstone (                -- keyed hash of the remote id of an erased message
  account_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (account_id, hash)
) WITHOUT ROWID;

CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  feed TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL
);
CREATE INDEX set_aside_of_feed ON set_aside (account_id, feed);

CREATE TABLE cursor (
  account_id INTEGER NOT NULL,
  feed TEXT NOT NULL,
  cursor TEXT,                          -- JSON
  caught_up INTEGER NOT NULL DEFAULT 0, -- the first reading is through
  read_ms INTEGER,
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (account_id, feed)
) WITHOUT ROWID;

CREATE TABLE act (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account,
  conversation_id INTEGER REFERENCES conversation,
  message_id INTEGER REFERENCES message,  -- the target
  verb TEXT NOT NULL,
  state TEXT NOT NULL,
  text TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL DEFAULT 'public',
  reason TEXT,
  by INTEGER NOT NULL REFERENCES colleague,
  seen_message_id INTEGER,              -- the newest inbound message that the writer could see
  context_message_id INTEGER,           -- the newest message of the conversation when it was written or approved
  created_ms INTEGER NOT NULL,
  send_at_ms INTEGER NOT NULL,          -- the end of the hold
  not_before_ms INTEGER,                -- the network's own wait, and spacing
  retry_ms INTEGER,                     -- our own back-off, and the next look while uncertain; does not move the due time
  first_tried_ms INTEGER,
  absent_ms INTEGER,                    -- first time `find` saw nothing while uncertain
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  approved INTEGER NOT NULL DEFAULT 0,  -- a person looked at it in review and let it go as it is
  remote_id TEXT,
  result_message_id INTEGER REFERENCES message,
  finished_ms INTEGER
);
CREATE INDEX act_due ON act (state, send_at_ms) WHERE state IN ('held', 'queued', 'sending', 'uncertain', 'review');
CREATE INDEX act_of_conversation ON act (conversation_id, id);
CREATE INDEX act_by_state ON act (state, id);
CREATE INDEX act_by_remote ON act (account_id, remote_id) WHERE remote_id IS NOT NULL;

CREATE TABLE act_history (
  id INTEGER PRIMARY KEY,
  act_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER,                        -- of the sender; NULL where a colleague moved it
  by INTEGER
);
CREATE INDEX act_history_of_act ON act_history (act_id, id);

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  verb TEXT NOT NULL,
  conversation_id INTEGER,
  message_id INTEGER,
  act_id INTEGER,
  by INTEGER,                           -- NULL: the network (an arrival)
  batch INTEGER,                        -- the first entry's id of the step this entry belongs to
  before TEXT,                          -- JSON: the changed fields only, as they were
  after TEXT,
  undone_by INTEGER                     -- the entry of the undo
);
CREATE INDEX journal_steps ON journal (by, batch) WHERE batch IS NOT NULL;
CREATE INDEX journal_of_conversation ON journal (conversation_id, id);
CREATE INDEX journal_of_act ON journal (act_id) WHERE act_id IS NOT NULL;
CREATE INDEX journal_undone ON journal (undone_by) WHERE undone_by IS NOT NULL;

CREATE TABLE draft (
  conversation_id INTEGER NOT NULL,
  audience TEXT NOT NULL,               -- of the composer: public, direct, note
  by INTEGER NOT NULL,
  text TEXT NOT NULL,
  seen_message_id INTEGER,
  saved_ms INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, audience, by)
) WITHOUT ROWID;

CREATE TABLE gauge (                    -- exact counts of now
  scope TEXT NOT NULL,                  -- inbox, network, account, brand, assignee
  scope_id INTEGER NOT NULL,            -- 0 for inbox
  name TEXT NOT NULL,                   -- open, snoozed, waiting, done, spam, unanswered, unread
  n INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, name)
) WITHOUT ROWID;

CREATE TABLE bucket (                   -- 15 minutes of one account
  account_id INTEGER NOT NULL,
  quarter INTEGER NOT NULL,             -- at_ms / 900000
  name TEXT NOT NULL,                   -- received, replied, sent
  n INTEGER NOT NULL,
  PRIMARY KEY (quarter, account_id, name)
) WITHOUT ROWID;

CREATE TABLE response (                 -- one human reply of ours
  message_id INTEGER PRIMARY KEY,
  conversation_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  by INTEGER,
  replied_ms INTEGER NOT NULL,
  first_took_ms INTEGER                 -- set on the first response of its conversation
);
CREATE INDEX response_by_time ON response (replied_ms, conversation_id, account_id, by, first_took_ms);
CREATE INDEX response_of_conversation ON response (conversation_id, replied_ms);

CREATE TABLE indexed_as (               -- under which older name of a person or a topic messages are in the index
  scope TEXT NOT NULL,                  -- person, topic
  scope_id INTEGER NOT NULL,
  until_message_id INTEGER NOT NULL,    -- holds for messages up to this id
  text TEXT NOT NULL,
  PRIMARY KEY (scope, scope_id, until_message_id)
) WITHOUT ROWID;

-- Texts are folded before they are indexed (text.fold); the rowid holds time and message.id (store/search.py).
CREATE VIRTUAL TABLE fts USING fts5 (body, who, subject, content='', prefix='2', tokenize='unicode61', columnsize=0);
