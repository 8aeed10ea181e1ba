-- What an adjudicator has settled, and labels that the model would not have given.

CREATE TABLE settlements (
  verdict_id TEXT PRIMARY KEY,       -- this verdict decides its document, whatever others say
  at_time TIMESTAMP NOT NULL
);

-- Replaced as a whole by every training.
CREATE TABLE label_doubts (
  document_id BIGINT PRIMARY KEY,
  content_hash TEXT NOT NULL,
  labels TEXT NOT NULL,              -- JSON: as people gave them
  expected TEXT NOT NULL,            -- JSON: as a head says that never saw the document
  probability FLOAT8 NOT NULL,       -- of the given label, out of fold, calibrated
  expected_probability FLOAT8 NOT NULL,
  doubtful BOOLEAN NOT NULL,         -- beyond the threshold of its label, not merely unlikely
  model_id TEXT NOT NULL
);
