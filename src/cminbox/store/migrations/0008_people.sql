-- People: which handles are one human, what colleagues call them and say of them, and what erasing leaves behind.

CREATE TABLE human (id INTEGER PRIMARY KEY AUTOINCREMENT);  -- several handles of one; a colleague said so, never a guess

ALTER TABLE person ADD COLUMN human_id INTEGER REFERENCES human;
ALTER TABLE person ADD COLUMN called_id INTEGER;  -- what a colleague says they are called; NULL: what the network says
ALTER TABLE person ADD COLUMN erased_ms INTEGER;  -- erased: nothing is left of them but the number
CREATE INDEX person_of_human ON person (human_id) WHERE human_id IS NOT NULL;
CREATE INDEX person_by_handle ON person (network_id, handle COLLATE NOCASE);

CREATE TABLE person_called (            -- each first name given; the journal names it by its id
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person_id INTEGER NOT NULL REFERENCES person,
  first_name TEXT NOT NULL,
  by INTEGER NOT NULL REFERENCES colleague,
  at_ms INTEGER NOT NULL
);
CREATE INDEX person_called_of ON person_called (person_id);

CREATE TABLE person_note (              -- what colleagues say of a person among themselves
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person_id INTEGER NOT NULL REFERENCES person,
  text TEXT NOT NULL,
  by INTEGER NOT NULL REFERENCES colleague,
  at_ms INTEGER NOT NULL,
  shown INTEGER NOT NULL DEFAULT 0      -- 0: taken away; undo brings it back
);
CREATE INDEX person_note_of ON person_note (person_id, id);

ALTER TABLE message ADD COLUMN erased_ms INTEGER;  -- its text is gone for good, with a person's
CREATE INDEX topic_of_person ON topic (person_id) WHERE person_id IS NOT NULL;

DROP VIEW v_people;
CREATE VIEW v_people AS
SELECT p.id, n.name AS network, p.remote_id, p.handle, p.name,
  coalesce((SELECT k.first_name FROM person_called k WHERE k.id = p.called_id), p.first_name) AS first_name,
  p.url, p.is_bot AS bot, p.is_us AS us,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.first_seen_ms / 1000.0, 'unixepoch') AS first_seen_at,
  (SELECT count(*) FROM message m WHERE m.person_id = p.id) AS messages,
  (SELECT count(DISTINCT m.conversation_id) FROM message m WHERE m.person_id = p.id) AS conversations,
  p.human_id AS human, strftime('%Y-%m-%dT%H:%M:%fZ', p.erased_ms / 1000.0, 'unixepoch') AS erased_at
FROM person p
JOIN network n ON n.id = p.network_id;
