-- Vectors, models, what they say, and what they were trained on.

CREATE SEQUENCE embedding_sequence;

-- No key: a text key costs 11 s per million rows; writers take turns instead (Transaction.serialise).
CREATE TABLE embeddings (
  sequence BIGINT NOT NULL,          -- order of arrival: the cache goes on from the last it has
  content_hash TEXT NOT NULL,
  encoder_id TEXT NOT NULL,
  vector BYTEA NOT NULL              -- float16, little endian
);

-- No key: replaced as a whole.
CREATE TABLE predictions (
  document_id BIGINT NOT NULL,
  label TEXT NOT NULL,
  confidence FLOAT8 NOT NULL,
  margin FLOAT8 NOT NULL,
  entropy FLOAT8 NOT NULL,           -- nats
  probabilities BYTEA NOT NULL       -- float32, little endian, in the order of prediction_state.labels
);

CREATE TABLE prediction_state (
  model_id TEXT NOT NULL,
  labels TEXT NOT NULL,              -- JSON
  predicted_at TIMESTAMP NOT NULL
);

CREATE TABLE dataset_versions (
  version BIGINT PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  labels BIGINT NOT NULL,
  audit_labels BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE dataset_labels (
  version BIGINT NOT NULL,
  document_id BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  labels TEXT NOT NULL,              -- JSON
  group_id BIGINT NOT NULL,
  audit BOOLEAN NOT NULL,
  agreement FLOAT8 NOT NULL,
  answers BIGINT NOT NULL,
  PRIMARY KEY (version, document_id)
);

CREATE SEQUENCE model_numbers;

CREATE TABLE models (
  model_id TEXT PRIMARY KEY,
  parent TEXT,
  kind TEXT NOT NULL,
  encoder_id TEXT NOT NULL,
  dataset_version BIGINT NOT NULL,
  status TEXT NOT NULL,              -- candidate, champion, retired
  metrics TEXT NOT NULL,             -- JSON
  decision TEXT NOT NULL,
  artefact TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  created_at TIMESTAMP NOT NULL,
  promoted_at TIMESTAMP
);

-- Every change of champion, for the way back.
CREATE SEQUENCE promotion_sequence;

CREATE TABLE promotions (
  sequence BIGINT PRIMARY KEY,
  model_id TEXT NOT NULL,
  follows TEXT,                      -- the champion before
  kind TEXT NOT NULL,                -- promote, rollback
  reason TEXT,
  at_time TIMESTAMP NOT NULL
);

CREATE TABLE turns (
  turn BIGINT PRIMARY KEY,
  began_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  counts TEXT NOT NULL               -- JSON
);
