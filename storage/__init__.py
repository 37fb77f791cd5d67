"""What Rounds remembers: the tables, the queries on them, and the migrations."""
