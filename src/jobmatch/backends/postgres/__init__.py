"""PostgreSQL with pgvector: jobs, vectors, text search, tasks and results in one database."""
