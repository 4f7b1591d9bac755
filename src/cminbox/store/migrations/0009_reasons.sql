-- Why a moderator acted against a message (model/reasons.py: a code, never free text), and what an edit of ours replaced.

ALTER TABLE journal ADD COLUMN reason TEXT;
ALTER TABLE act ADD COLUMN former_text TEXT;  -- of an edit: the text that stood there before, for undo

DROP VIEW v_journal;
CREATE VIEW v_journal AS
SELECT j.id, strftime('%Y-%m-%dT%H:%M:%fZ', j.at_ms / 1000.0, 'unixepoch') AS at, j.verb,
  j.conversation_id AS conversation, j.message_id AS message, j.act_id AS act, w.name AS by, j.batch,
  j.undone_by IS NOT NULL AS undone, j.reason
FROM journal j
LEFT JOIN colleague w ON w.id = j.by;
