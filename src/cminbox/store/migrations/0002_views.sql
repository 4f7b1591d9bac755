-- What `cminbox sql` reads (store/views.py documents every column). Instants are ISO 8601 in UTC, intervals seconds,
-- yes and no are 1 and 0. Texts are as they were written.

CREATE VIEW v_conversations AS
SELECT c.id, n.name AS network, a.name AS account, b.name AS brand, c.kind, c.state,
  coalesce(nullif(p.handle, ''), p.name) AS person, c.person_id,
  m.text, strftime('%Y-%m-%dT%H:%M:%fZ', c.shown_ms / 1000.0, 'unixepoch') AS at,
  c.waits_ms IS NOT NULL AS unanswered,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.waits_ms / 1000.0, 'unixepoch') AS waits_since,
  c.unread, c.star, c.is_private AS private, w.name AS assignee,
  coalesce(nullif(t.title, ''), t.text) AS topic, c.topic_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.first_in_ms / 1000.0, 'unixepoch') AS first_in_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.first_response_ms / 1000.0, 'unixepoch') AS first_response_at,
  (SELECT max(0, r.first_took_ms) / 1000.0 FROM response r INDEXED BY response_of_conversation
    WHERE r.conversation_id = c.id AND r.first_took_ms IS NOT NULL ORDER BY r.replied_ms LIMIT 1) AS first_response_s,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.last_ms / 1000.0, 'unixepoch') AS last_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.snooze_until_ms / 1000.0, 'unixepoch') AS snoozed_until,
  c.is_history AS history, c.linked_conversation_id AS linked_conversation
FROM conversation c
JOIN account a ON a.id = c.account_id
JOIN network n ON n.id = c.network_id
LEFT JOIN brand b ON b.id = c.brand_id
LEFT JOIN person p ON p.id = c.person_id
LEFT JOIN message m ON m.id = c.shown_message_id
LEFT JOIN colleague w ON w.id = c.assignee
LEFT JOIN topic t ON t.id = c.topic_id;

CREATE VIEW v_messages AS
SELECT m.id, m.conversation_id AS conversation, n.name AS network, a.name AS account, b.name AS brand,
  coalesce(nullif(t.title, ''), t.text) AS topic, m.topic_id, m.direction, m.kind, m.audience, m.state,
  coalesce(nullif(p.handle, ''), p.name) AS author, m.person_id, w.name AS by, m.text, m.lang, m.url, m.remote_id,
  m.parent_id AS parent,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.created_ms / 1000.0, 'unixepoch') AS created_at, m.precision,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.received_ms / 1000.0, 'unixepoch') AS received_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.edited_ms / 1000.0, 'unixepoch') AS edited_at,
  m.addressed, m.is_history AS history
FROM message m
JOIN account a ON a.id = m.account_id
JOIN network n ON n.id = a.network_id
LEFT JOIN brand b ON b.id = a.brand_id
LEFT JOIN topic t ON t.id = m.topic_id
LEFT JOIN person p ON p.id = m.person_id
LEFT JOIN colleague w ON w.id = m.by;

CREATE VIEW v_people AS
SELECT p.id, n.name AS network, p.remote_id, p.handle, p.name, p.first_name, p.url, p.is_bot AS bot, p.is_us AS us,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.first_seen_ms / 1000.0, 'unixepoch') AS first_seen_at,
  (SELECT count(*) FROM message m WHERE m.person_id = p.id) AS messages,
  (SELECT count(DISTINCT m.conversation_id) FROM message m WHERE m.person_id = p.id) AS conversations
FROM person p
JOIN network n ON n.id = p.network_id;

CREATE VIEW v_acts AS
SELECT x.id, x.conversation_id AS conversation, x.message_id AS message, n.name AS network, a.name AS account,
  b.name AS brand, x.verb, x.state, x.text, x.audience, x.reason, w.name AS by,
  strftime('%Y-%m-%dT%H:%M:%fZ', x.created_ms / 1000.0, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', x.send_at_ms / 1000.0, 'unixepoch') AS send_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', x.finished_ms / 1000.0, 'unixepoch') AS finished_at,
  x.attempts, x.error, x.remote_id
FROM act x
JOIN account a ON a.id = x.account_id
JOIN network n ON n.id = a.network_id
LEFT JOIN brand b ON b.id = a.brand_id
JOIN colleague w ON w.id = x.by;

CREATE VIEW v_journal AS
SELECT j.id, strftime('%Y-%m-%dT%H:%M:%fZ', j.at_ms / 1000.0, 'unixepoch') AS at, j.verb,
  j.conversation_id AS conversation, j.message_id AS message, j.act_id AS act, w.name AS by, j.batch,
  j.undone_by IS NOT NULL AS undone
FROM journal j
LEFT JOIN colleague w ON w.id = j.by;

CREATE VIEW v_kpi_hourly AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', h.hour * 3600, 'unixepoch') AS hour, n.name AS network, a.name AS account,
  b.name AS brand, sum(h.received) AS received, sum(h.replied) AS replied, sum(h.sent) AS sent,
  count(h.took_ms) AS first_response_n, avg(h.took_ms) / 1000.0 AS first_response_mean_s
FROM (
  SELECT quarter / 4 AS hour, account_id, iif(name = 'received', n, 0) AS received, iif(name = 'replied', n, 0) AS replied,
    iif(name = 'sent', n, 0) AS sent, NULL AS took_ms
  FROM bucket
  UNION ALL
  SELECT replied_ms / 3600000, account_id, 0, 0, 0, max(0, first_took_ms) FROM response WHERE first_took_ms IS NOT NULL
) h
JOIN account a ON a.id = h.account_id
JOIN network n ON n.id = a.network_id
LEFT JOIN brand b ON b.id = a.brand_id
GROUP BY h.hour, h.account_id;

-- The words of the full-text index, one by one: reads it, holds nothing.
CREATE VIRTUAL TABLE fts_word USING fts5vocab (fts, instance);
