-- What listening feeds brought, one row for each account that met a message and whom its feed was about then.
CREATE TABLE listened (
  message_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  about TEXT NOT NULL,                  -- us, competitor:NAME, theme
  at_ms INTEGER NOT NULL,               -- the message's, repeated for the numbers of a period
  PRIMARY KEY (message_id, account_id, about)
) WITHOUT ROWID;
CREATE INDEX listened_by_time ON listened (at_ms);
INSERT INTO listened
  SELECT m.id, m.account_id, c.about, m.at_ms FROM conversation c JOIN message m ON m.conversation_id = c.id
  WHERE c.about IS NOT NULL AND NOT m.addressed;

-- Each time that a conversation came into the backlog (1) or left it (-1). What was before this table is not known.
CREATE TABLE backlog_turn (
  at_ms INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,     -- as it was numbered then: conversation_alias says what it was joined to
  delta INTEGER NOT NULL,
  PRIMARY KEY (at_ms, conversation_id)
) WITHOUT ROWID;
