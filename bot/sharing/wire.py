"""What buttons and forms about sharing are called on the wire.

The value of `SHARE` is the week of the presser's own digest; of `LOOK` and `WITHDRAW` the id of the share.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = "share_digest"  # the page with the preview; its form is `form_of` of this
UNIT: Final = "share_unit"  # the choice in the form
LOOK: Final = "share_look"  # a leader opens what was shared with them
WITHDRAW: Final = "share_withdraw"
