"""Records as tables: Parquet, SQLite and CSV, under one explicit schema."""
