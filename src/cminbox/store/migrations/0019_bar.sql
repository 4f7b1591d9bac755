-- Who waits longest among what one colleague has, without a look at the rest.
CREATE INDEX conversation_waits_assignee ON conversation (assignee, waits_ms, id)
  WHERE assignee IS NOT NULL AND waits_ms IS NOT NULL;
