"""Ideas are found by their words: SQLite's FTS5, PostgreSQL's text search vectors.

Neither is in the program's metadata, as SQLAlchemy has no word for them: `storage.idea_search` names them.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Words come as stems between spaces: the tokenizer has nothing left to do but to cut at spaces.
        op.execute("CREATE VIRTUAL TABLE idea_search USING fts5(stems, tokenize = 'ascii')")
        return
    op.execute(
        "CREATE TABLE idea_search ("
        "idea_id INTEGER NOT NULL PRIMARY KEY REFERENCES idea (id) ON DELETE CASCADE, "
        "stems TEXT NOT NULL, vector TSVECTOR NOT NULL)"
    )
    # No pending list: what is taken out of the index is out of it.
    op.execute("CREATE INDEX ix_idea_search_vector ON idea_search USING gin (vector) WITH (fastupdate = off)")


def downgrade() -> None:
    op.execute("DROP TABLE idea_search")
