-- Labels renamed, merged, split: what was done when, what answers mean since, what people propose.

ALTER TABLE label_schema ADD COLUMN change TEXT;      -- JSON; NULL where the project file was edited
ALTER TABLE label_schema ADD COLUMN changed_by TEXT;

-- The labels a model speaks in are those of the version it was trained under.
ALTER TABLE models ADD COLUMN schema_version BIGINT;
UPDATE models SET schema_version = (
  SELECT max(s.version) FROM label_schema AS s WHERE s.created_at <= models.created_at
);

-- What an answer means since a version. The answer itself is never touched.
CREATE TABLE migrated_verdicts (
  verdict_id TEXT NOT NULL,
  version BIGINT NOT NULL,           -- of label_schema
  labels TEXT,                       -- JSON; NULL where the change does not say: asked again
  present BOOLEAN NOT NULL,          -- the newest row of its verdict
  PRIMARY KEY (verdict_id, version)
);

-- Documents that a change asks again: what was said up to then waits for a newer answer.
CREATE TABLE asked_again (
  document_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  said_until BIGINT NOT NULL,        -- verdicts.sequence
  PRIMARY KEY (document_id, version)
);

CREATE SEQUENCE proposal_ids;

CREATE TABLE label_proposals (
  proposal_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  document_id BIGINT,                -- from which it was proposed
  proposed_by TEXT NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  state TEXT NOT NULL,               -- waiting, accepted, declined
  decided_by TEXT,
  decided_at TIMESTAMP,
  reason TEXT,
  label TEXT                         -- accepted under this name
);

-- ``labels`` is what an answer means now (NULL: not known yet), ``said`` what was said.
CREATE OR REPLACE VIEW standing_verdicts AS
SELECT v.verdict_id, v.sequence, v.item_id, v.document_id, v.content_hash, v.annotator, v.action,
       CASE WHEN m.verdict_id IS NULL THEN v.labels ELSE m.labels END AS labels,
       v.suggestion_shown, v.seconds, v.given_at, v.labels AS said
FROM verdicts AS v
LEFT JOIN migrated_verdicts AS m ON m.verdict_id = v.verdict_id AND m.present
WHERE v.action <> 'undo'
  AND NOT EXISTS (SELECT 1 FROM verdicts AS u WHERE u.undoes = v.verdict_id AND u.action = 'undo');

CREATE VIEW undecided_documents AS
SELECT DISTINCT g.document_id FROM asked_again AS g
WHERE NOT EXISTS (SELECT 1 FROM standing_verdicts AS s
                  WHERE s.document_id = g.document_id AND s.sequence > g.said_until
                    AND s.action IN ('accept', 'correct', 'label') AND s.labels IS NOT NULL);

CREATE OR REPLACE VIEW counting_answers AS
SELECT w.verdict_id, w.sequence, w.item_id, w.document_id, w.content_hash, w.annotator, w.action,
       w.labels, w.suggestion_shown, w.seconds, w.given_at
FROM last_words AS w
JOIN documents AS d ON d.document_id = w.document_id AND d.content_hash = w.content_hash
WHERE w.action <> 'flag' AND w.labels IS NOT NULL
  AND w.document_id NOT IN (SELECT g.document_id FROM undecided_documents AS g);
