-- What networks tell of our accounts and of our posts (topics): one row a day (UTC) at most, the newest of that day.
CREATE TABLE follower_count (
  account_id INTEGER NOT NULL REFERENCES account,
  day INTEGER NOT NULL,                 -- at_ms / 86400000
  at_ms INTEGER NOT NULL,
  followers INTEGER NOT NULL,
  PRIMARY KEY (account_id, day)
) WITHOUT ROWID;

CREATE TABLE counted_post (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account,
  key TEXT NOT NULL,                    -- topic.key, where the topic is known
  written_ms INTEGER NOT NULL,
  UNIQUE (account_id, key)
);
CREATE INDEX counted_post_by_time ON counted_post (written_ms, account_id);

CREATE TABLE post_count (               -- NULL: the network did not tell, up to then
  post_id INTEGER NOT NULL REFERENCES counted_post,
  day INTEGER NOT NULL,                 -- at_ms / 86400000
  at_ms INTEGER NOT NULL,
  likes INTEGER,
  comments INTEGER,
  shares INTEGER,
  reach INTEGER,
  impressions INTEGER,
  PRIMARY KEY (post_id, day)
) WITHOUT ROWID;

CREATE TABLE figures_read (             -- when an account was asked last, whatever came of it
  account_id INTEGER PRIMARY KEY REFERENCES account,
  at_ms INTEGER NOT NULL
);
