"""What buttons and forms about the peer group are called on the wire.

The value of `PEERS` is a week, for the presser's own digest of it; of `NAMES` and `WITHDRAW` a group's id.
"""

from __future__ import annotations

from typing import Final

PEERS: Final = "names_peers"  # the table of one's own peer group
NAMES: Final = "names_agree"  # the page on which somebody agrees; its form is `form_of` of this
WITHDRAW: Final = "names_withdraw"
LEADERS: Final = "names_leaders"  # the box in the form
