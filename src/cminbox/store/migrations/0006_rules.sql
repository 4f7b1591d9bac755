-- Rules and hooks: how far each follower read, what each rule did to which message, and what a rule put away.

CREATE TABLE follower (                 -- rules, hook:NAME, import
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL             -- the last id of what it follows (journal, act_history, account_history)
) WITHOUT ROWID;

CREATE TABLE rule (                     -- numbers for the names of the rules file, for ever
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE           -- the name as it is compared (text.fold)
);

CREATE TABLE rule_run (                 -- a verb of a rule that is through for a message; never twice
  rule_id INTEGER NOT NULL REFERENCES rule,
  message_id INTEGER NOT NULL,
  step INTEGER NOT NULL,                -- which of its verbs, from 0
  version TEXT NOT NULL,                -- of the rule: another version leaves a message alone that an older one met
  conversation_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  result TEXT NOT NULL,                 -- did, same, kept, refused (model/rules.py)
  batch INTEGER,                        -- the step of the journal that it wrote
  PRIMARY KEY (message_id, rule_id, step)
) WITHOUT ROWID;
CREATE INDEX rule_run_by_time ON rule_run (at_ms, rule_id, result, message_id);
CREATE INDEX rule_run_of_batch ON rule_run (batch) WHERE batch IS NOT NULL;

-- The state (done or spam) that a rule gave it; NULL once a person decided. While it is the state, a rule's word stands.
ALTER TABLE conversation ADD COLUMN moved_to TEXT;
CREATE INDEX conversation_moved ON conversation (shown_ms, id) WHERE moved_to = state;

CREATE TABLE account_history (          -- what became of an account, for the hook on_account
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL,
  was TEXT,                             -- the state before; NULL: it is new
  state TEXT NOT NULL
);
CREATE TRIGGER account_begins AFTER INSERT ON account BEGIN
  INSERT INTO account_history (account_id, was, state) VALUES (new.id, NULL, new.state);
END;
CREATE TRIGGER account_changes AFTER UPDATE OF state ON account WHEN new.state IS NOT old.state BEGIN
  INSERT INTO account_history (account_id, was, state) VALUES (new.id, old.state, new.state);
END;
