-- Stands for what CREATE EXTENSION constellation would run, after CREATE EXTENSION vector.
-- The handler is pgvector's own, so that the example runs on any server; a real extension brings one in C or Rust.
CREATE ACCESS METHOD constellation TYPE INDEX HANDLER hnswhandler;

CREATE OPERATOR CLASS constellation_halfvec FOR TYPE halfvec USING constellation AS
    OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
    FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
    FUNCTION 2 l2_norm(halfvec),
    FUNCTION 3 hnsw_halfvec_support(internal);

CREATE OPERATOR CLASS constellation_vector FOR TYPE vector USING constellation AS
    OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
    FUNCTION 1 vector_negative_inner_product(vector, vector),
    FUNCTION 2 vector_norm(vector);
