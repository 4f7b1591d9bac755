-- What is asked of every row of the queue, or by another process, stands beside the profile.
ALTER TABLE account ADD COLUMN expires_ms INTEGER;      -- when the token ends; store.accounts keeps it as the profile says
ALTER TABLE account ADD COLUMN budget TEXT;             -- requests left at the network, as the process that reads saw them last
UPDATE account SET expires_ms = CAST(strftime('%s', json_extract(profile, '$.expires_at')) AS INTEGER) * 1000
  WHERE profile IS NOT NULL AND json_extract(profile, '$.expires_at') IS NOT NULL;
