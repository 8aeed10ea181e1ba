-- Who may log in to the checking page, and by what.

CREATE TABLE api_tokens (
  token_hash TEXT PRIMARY KEY,       -- sha256 of a random token; the token itself is nowhere
  annotator TEXT NOT NULL,
  note TEXT NOT NULL,                -- what it is for
  created_at TIMESTAMP NOT NULL
);

-- Failed ones of the last hour; a few rows, no key.
CREATE TABLE login_attempts (
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  at_time TIMESTAMP NOT NULL
);
