"""Who of the physicians agreed to names, and the first look that came of it: through the acts of a press."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.demo.leading import Past, done
from bot.demo.world import PHYSICIANS
from bot.names.acts import agree, note_who_looked
from bot.names.gather import peer_page
from storage.consent_rows import group_named, set_blinding
from storage.terms import Blinding

# Who agreed, and whether their leaders are included. Of the others nobody said anything.
AGREED: Final = (
    ("Priya Nair", True),
    ("Rebecca Thornton", False),
    ("Amara Okafor", True),
    ("Kwame Boateng", False),
    ("Hannah Goldberg", True),
    ("Mateusz Nowak", False),
    ("Siobhan Kelly", False),
)
# Of those, who opened the page already.
LOOKED: Final = "Priya Nair"


def plant_names(past: Past, week: str) -> None:
    """Unblind the group, let some agree, and one of them look. That week's digests must have been sent."""
    with past.database.write() as session:
        group = group_named(session, PHYSICIANS)
        assert group is not None
        assert group.id is not None
        # What `rounds group` does.
        set_blinding(session, group, Blinding.UNBLINDED, past.at(30))
        for place, (who, leaders) in enumerate(AGREED):
            at = past.now - timedelta(minutes=40 - 3 * place)
            done(agree(session, past.doing(session, who, at), group.id, leaders=leaders))
    # Comparing a group takes a while: not within a transaction that writes.
    with past.database.read() as session:
        page = peer_page(session, past.doing(session, LOOKED, past.now), week)
    if page is not None:
        with past.database.write() as session:
            note_who_looked(session, past.doing(session, LOOKED, past.now), page)
