"""The whole table."""

from __future__ import annotations

from typing import Final

from tests.scenarios.matrix import idea_rows, leading_rows, own_rows, shared_rows
from tests.scenarios.matrix.table import Row

ROWS: Final[dict[str, Row]] = {
    row.data: row for rows in (own_rows, shared_rows, idea_rows, leading_rows) for row in rows.ROWS
}
