-- Crises: said by a colleague, for a brand (0: for every one). While one lasts (`ended_ms` NULL), rules, snoozes and
-- answers that wait for their turn rest there, in every process.
CREATE TABLE crisis (
  id INTEGER PRIMARY KEY,
  brand_id INTEGER NOT NULL,
  began_ms INTEGER NOT NULL,
  began_by INTEGER NOT NULL,
  ended_ms INTEGER,
  ended_by INTEGER
);
CREATE UNIQUE INDEX crisis_lasting ON crisis (brand_id) WHERE ended_ms IS NULL;
CREATE INDEX crisis_by_time ON crisis (began_ms);

-- One of many answers of a step: it leaves in its turn, some time behind the one before.
ALTER TABLE act ADD COLUMN spaced INTEGER NOT NULL DEFAULT 0;
