-- Documents, where they come from, and what was set aside.

CREATE TABLE store_info (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE SEQUENCE document_ids;

CREATE TABLE documents (
  document_id BIGINT PRIMARY KEY,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  content_hash TEXT NOT NULL,        -- of the present text
  title TEXT,
  url TEXT,
  language TEXT,
  published_at TIMESTAMP,            -- all times are UTC
  fetched_at TIMESTAMP NOT NULL,
  metadata TEXT NOT NULL,            -- JSON
  duplicate_of BIGINT,               -- the earliest document of its group, never a duplicate itself
  side TEXT NOT NULL,                -- audit, train
  banded BOOLEAN NOT NULL,           -- near_duplicate_bands holds the present text
  UNIQUE (source, external_id)
);

CREATE TABLE revisions (
  document_id BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  revision BIGINT NOT NULL,          -- 1, 2, ... within the document
  source_revision TEXT,              -- the source's own name of it
  text TEXT NOT NULL,
  fetched_at TIMESTAMP NOT NULL,
  PRIMARY KEY (document_id, content_hash)
);

CREATE TABLE source_state (
  name TEXT PRIMARY KEY,
  connector TEXT NOT NULL,
  cursor_json TEXT,
  outcome TEXT,                      -- ok, partial, failed
  last_success TIMESTAMP,
  last_error TEXT,
  counts TEXT NOT NULL               -- JSON
);

CREATE TABLE quarantine (
  source TEXT NOT NULL,
  place TEXT NOT NULL,
  reason TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  PRIMARY KEY (source, place, reason)
);

-- No key: a million documents have tens of millions of rows, and they are only ever joined whole.
CREATE TABLE near_duplicate_bands (document_id BIGINT NOT NULL, band BIGINT NOT NULL);
