-- The checking queue and what people answered.

CREATE SEQUENCE item_ids;

CREATE TABLE checking_queue (
  item_id BIGINT PRIMARY KEY,
  document_id BIGINT NOT NULL,
  content_hash TEXT NOT NULL,        -- of exactly the text to be shown
  turn BIGINT NOT NULL,
  lane TEXT NOT NULL,
  rank BIGINT NOT NULL,              -- 1 is asked first
  propensity FLOAT8 NOT NULL,
  score FLOAT8,
  model_id TEXT,
  suggestion TEXT,                   -- kept with blind items too
  confidence FLOAT8,
  suggestion_shown BOOLEAN NOT NULL,
  verdicts_wanted BIGINT NOT NULL,
  state TEXT NOT NULL,               -- open, leased, done, withdrawn
  reason TEXT,                       -- why it was withdrawn
  leased_by TEXT,
  lease_until TIMESTAMP,
  created_at TIMESTAMP NOT NULL
);

CREATE SEQUENCE verdict_sequence;

CREATE TABLE verdicts (
  verdict_id TEXT PRIMARY KEY,
  sequence BIGINT NOT NULL,          -- order of arrival
  item_id BIGINT,
  document_id BIGINT NOT NULL,
  content_hash TEXT NOT NULL,        -- of exactly the text that was seen
  annotator TEXT NOT NULL,
  action TEXT NOT NULL,              -- accept, correct, label, skip, flag, undo
  labels TEXT NOT NULL,              -- JSON
  suggestion_shown BOOLEAN NOT NULL,
  seconds FLOAT8,
  note TEXT,
  undoes TEXT,
  given_at TIMESTAMP NOT NULL
);

CREATE TABLE annotators (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  credential_hash TEXT,
  last_seen TIMESTAMP NOT NULL
);

CREATE TABLE label_schema (
  version BIGINT PRIMARY KEY,
  labels TEXT NOT NULL,              -- JSON list of [label, description], in key order
  created_at TIMESTAMP NOT NULL
);

CREATE VIEW standing_verdicts AS
SELECT v.verdict_id, v.sequence, v.item_id, v.document_id, v.content_hash, v.annotator, v.action,
       v.labels, v.suggestion_shown, v.seconds, v.given_at
FROM verdicts AS v
WHERE v.action <> 'undo'
  AND NOT EXISTS (SELECT 1 FROM verdicts AS u WHERE u.undoes = v.verdict_id AND u.action = 'undo');

-- The newest of each person on each document. A skip says nothing, so what was said before stands.
CREATE VIEW last_words AS
SELECT w.verdict_id, w.sequence, w.item_id, w.document_id, w.content_hash, w.annotator, w.action,
       w.labels, w.suggestion_shown, w.seconds, w.given_at
FROM (
  SELECT s.*, row_number() OVER (PARTITION BY s.document_id, s.annotator ORDER BY s.sequence DESC) AS newness
  FROM standing_verdicts AS s
  WHERE s.action <> 'skip'
) AS w
WHERE w.newness = 1;

CREATE VIEW counting_answers AS
SELECT w.verdict_id, w.sequence, w.item_id, w.document_id, w.content_hash, w.annotator, w.action,
       w.labels, w.suggestion_shown, w.seconds, w.given_at
FROM last_words AS w
JOIN documents AS d ON d.document_id = w.document_id AND d.content_hash = w.content_hash
WHERE w.action <> 'flag';

-- Roots of groups in which some document is answered.
CREATE VIEW answered_documents AS
SELECT DISTINCT coalesce(d.duplicate_of, d.document_id) AS document_id
FROM counting_answers AS a
JOIN documents AS d ON d.document_id = a.document_id;

CREATE VIEW flagged_documents AS
SELECT DISTINCT w.document_id
FROM last_words AS w
JOIN documents AS d ON d.document_id = w.document_id AND d.content_hash = w.content_hash
WHERE w.action = 'flag';

CREATE VIEW skipped_documents AS
SELECT DISTINCT q.document_id
FROM checking_queue AS q
JOIN documents AS d ON d.document_id = q.document_id AND d.content_hash = q.content_hash
WHERE q.state = 'withdrawn' AND q.reason = 'skipped';

CREATE VIEW waiting_documents AS
SELECT DISTINCT q.document_id FROM checking_queue AS q WHERE q.state IN ('open', 'leased');
