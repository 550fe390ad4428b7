-- How many requests of the present round wait for the exporter's answer, in
-- the head of the case, so that a list of cases can say what is asked of whom
-- without reading every message.
ALTER TABLE cases ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0);

UPDATE cases SET asked = (
    SELECT count(*) FROM messages m
    WHERE m.case_id = cases.id AND json_extract(m.body, '$.kind') = 'request' AND json_extract(m.body, '$.round') = cases.round
      AND NOT EXISTS (SELECT 1 FROM messages r WHERE r.case_id = m.case_id AND json_extract(r.body, '$.to') = m.seq))
WHERE state IN ('in_review', 'returned_for_information');

-- The acts on one case, and of one person. Whatever somebody writes into the
-- object by hand must reach verification, so what is no JSON is in no case.
CREATE INDEX audit_by_case ON audit (CASE WHEN json_valid(object) THEN json_extract(object, '$.case') END, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);
