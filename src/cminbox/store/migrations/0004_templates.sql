-- Saved replies. Each wording is a version that stays: the journal names versions (never texts), and undo goes back.
CREATE TABLE template (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER,                   -- what it says now; NULL: removed
  uses INTEGER NOT NULL DEFAULT 0,      -- answers sent with it and not taken back
  last_used_ms INTEGER
);
CREATE INDEX template_there ON template (version_id) WHERE version_id IS NOT NULL;

CREATE TABLE template_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  template_id INTEGER NOT NULL REFERENCES template,
  brand_id INTEGER REFERENCES brand,    -- NULL: for every brand
  folder TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  shortcut TEXT NOT NULL DEFAULT '',
  name_key TEXT NOT NULL,               -- name and shortcut folded (text.fold): unique within a brand
  shortcut_key TEXT NOT NULL DEFAULT '',
  content_key TEXT NOT NULL,            -- folder and bodies folded: what a search goes through
  variants TEXT NOT NULL,               -- JSON array of {network, language, body}
  by INTEGER NOT NULL REFERENCES colleague,
  at_ms INTEGER NOT NULL
);
CREATE INDEX template_version_by_name ON template_version (name_key);
CREATE INDEX template_version_by_shortcut ON template_version (shortcut_key) WHERE shortcut_key != '';

CREATE TABLE template_use (             -- the act that was written with a template
  act_id INTEGER PRIMARY KEY REFERENCES act,
  template_id INTEGER NOT NULL REFERENCES template,
  version_id INTEGER NOT NULL,
  counted_ms INTEGER                    -- when it was sent; NULL: not sent, or taken back
);
CREATE INDEX template_use_counted ON template_use (template_id, counted_ms) WHERE counted_ms IS NOT NULL;

CREATE TABLE template_mark (mark INTEGER NOT NULL);  -- one row; goes up with every change, for who keeps a copy
INSERT INTO template_mark VALUES (0);
