-- Rules that answer: which act is whose, for once in a while in each conversation and never in a circle.
ALTER TABLE act ADD COLUMN rule_id INTEGER;       -- the rule that wrote this reply; NULL: a person did
CREATE INDEX act_of_rule ON act (message_id) WHERE rule_id IS NOT NULL;
ALTER TABLE rule ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;  -- replies so far: equal variants of a template take turns
