-- When much more came in than usual, by brand (0: accounts of none). One row a spike; `ended_ms` NULL: it lasts.
CREATE TABLE spike (
  id INTEGER PRIMARY KEY,
  brand_id INTEGER NOT NULL,
  began_ms INTEGER NOT NULL,             -- when it was announced
  ended_ms INTEGER,
  count INTEGER NOT NULL,                -- arrivals of the window that was announced
  usual REAL NOT NULL,
  peak INTEGER NOT NULL,
  cluster_id INTEGER                     -- the largest wave at that time
);
CREATE INDEX spike_of_brand ON spike (brand_id, began_ms);
CREATE INDEX spike_lasting ON spike (began_ms) WHERE ended_ms IS NULL;
