-- Vectors of precedents, for finding them by meaning. They are derived from
-- precedents.text and can be made again, so nothing forbids deleting them and
-- the audit log does not vouch for them.

-- +goose Up

CREATE TABLE precedent_model (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    dim  integer NOT NULL CHECK (dim > 0),
    UNIQUE (name, dim)
);

-- Whole numbers from -127 to 127, which halfvec holds exactly, at half the size
-- of vector; a cosine does not depend on the scale, so none is kept. Vectors of
-- several models stand side by side, and each model has an HNSW index of its own, WHERE
-- model_id is its number: a search never walks through another model's
-- vectors, which an index by dimension would make it do, and a model that is out
-- of use goes with its index. The index is made when a model is first used, by
-- internal/postgres/precedents.go, which explains its numbers.
CREATE TABLE precedent_vector (
    model_id  integer NOT NULL REFERENCES precedent_model,
    case_id   text COLLATE "C" NOT NULL,
    round     integer NOT NULL,
    embedding halfvec NOT NULL,
    PRIMARY KEY (case_id, round, model_id),
    FOREIGN KEY (case_id, round) REFERENCES precedents
);

-- +goose Down
DROP TABLE precedent_vector;
DROP TABLE precedent_model;
