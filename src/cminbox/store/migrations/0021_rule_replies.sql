-- Rules that answer: which act is whose, for once in a while in each conversation and never in a circle.
ALTER TABLE act ADD COLUMN rule_id INTEGER;       -- the rule that wrote this reply; NULL: a person did
CREATE INDEX act_of_rule ON act (message_id) WHERE rule_id IS NOT NULL;
ALTER TABLE rule ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;  -- replies so far: equal variants of a template take turns

-- What a colleague was not told because their quiet hours lasted, for the hook on_notify; gone once it was told.
CREATE TABLE notice_kept (
  colleague_id INTEGER NOT NULL,
  event TEXT NOT NULL,                  -- config.notify.Event
  conversation_id INTEGER NOT NULL,     -- 0, 0, '': it is about none
  act_id INTEGER NOT NULL,
  account TEXT NOT NULL,
  brand TEXT NOT NULL,
  PRIMARY KEY (colleague_id, event, conversation_id, act_id, account, brand)
) WITHOUT ROWID;
