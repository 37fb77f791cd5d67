"""The metadata that all tables share."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

# Named constraints: a migration can only change what has a name, on both databases.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
