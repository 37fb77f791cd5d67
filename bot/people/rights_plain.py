"""Rows as plain values for JSON."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel

from storage.terms import ALWAYS, FOREVER


def plain(row: SQLModel) -> dict[str, Any]:
    """A row's columns."""
    return {name: plain_value(value) for name, value in row.model_dump().items()}


def plain_value(value: Any) -> Any:
    """Days and moments as text; None for a time without a beginning or an end."""
    if value in (ALWAYS, FOREVER):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
