-- Vectors of passages, by edition and model.

-- +goose Up

CREATE TABLE vector_set (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition_id bigint NOT NULL REFERENCES edition ON DELETE CASCADE,
    model      text NOT NULL,
    dim        integer NOT NULL,
    content    text NOT NULL,             -- hash of the texts that were embedded
    count      integer NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    -- Vectors of two models never mix: a search names its set.
    UNIQUE (edition_id, model)
);

-- A vector in eight bits is whole numbers from -127 to 127 and one scale.
-- halfvec holds whole numbers up to 2048 exactly, in half the space of vector,
-- and a cosine does not depend on the scale. So the row is exact and small.
CREATE TABLE passage_vector (
    set_id    bigint NOT NULL REFERENCES vector_set ON DELETE CASCADE,
    unit      integer NOT NULL,
    large     boolean NOT NULL,           -- of a set that is too large to compare every vector
    scale     real NOT NULL,
    embedding halfvec NOT NULL,
    PRIMARY KEY (set_id, unit)
);

-- HNSW for large sets only: linking a row in takes 0.7 ms, and for the nearest
-- 480 of 7,000 the planner would compare them all even with the index there,
-- which takes 9 ms and misses nothing. HNSW needs one dimension, hence the casts; the shipped
-- models have these two. Vectors of another model are always searched exactly.
--   m = 16: links of a vector to its neighbours. pgvector's default; below it
--     recall falls for texts, which lie close together, above it the index and
--     each insertion grow with little gain at some hundred thousand rows.
--   ef_construction = 128: candidates looked at when a row is linked in. Twice
--     the default: importing is rare and already waits for the embedder, and
--     links that were badly chosen cannot be mended at search time.
-- What a search looks at (hnsw.ef_search) is set by search.go, which says why.
CREATE INDEX passage_vector_384 ON passage_vector
    USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) WITH (m = 16, ef_construction = 128)
    WHERE large AND vector_dims(embedding) = 384;
CREATE INDEX passage_vector_256 ON passage_vector
    USING hnsw ((embedding::halfvec(256)) halfvec_cosine_ops) WITH (m = 16, ef_construction = 128)
    WHERE large AND vector_dims(embedding) = 256;

-- +goose Down
DROP TABLE passage_vector;
DROP TABLE vector_set;
