"""The way back to whoever is not named: sealed accounts, and marks by which a Home finds its own ideas.

Both come from ROUNDS_SECRET_KEY, which is not in the database: without it neither says anything. A sealed
account is AES-256-GCM (NIST SP 800-38D) with a random nonce over a text of fixed length, so that two seals
of the same account have nothing in common, not even their length, and none shows when it was made. The keys
are derived with HKDF (RFC 5869), one for each purpose.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.settings import Settings

_NONCE = 12
_TAG = 16
# Slack's ids have at most 24 characters each: "team:user" fits, with its length in front.
_PADDED = 64
SEALED_LENGTH = _NONCE + _PADDED + _TAG
# Of SHA-256, in bytes.
_BLOCK = 64
_PURPOSE = b"rounds: the sender of an anonymous idea"


class Sealer:
    """Seals and opens with one secret key. `key_id` tells one key from another and gives nothing away."""

    def __init__(self, secret: str) -> None:
        self._aead = AESGCM(_derived(secret, b"rounds: seal", 32))
        self._marks = _derived(secret, b"rounds: mark", 32)
        self.key_id = _derived(secret, b"rounds: key id", 8).hex()

    def seal(self, sender: str, about: str = "") -> bytes:
        """The sender, sealed: `SEALED_LENGTH` bytes that differ each time. Raises ValueError if too long.

        With `about` it can be opened only for that: a seal moved to another row opens nothing.
        """
        text = sender.encode()
        if len(text) >= _PADDED:
            raise ValueError("the name of an account is longer than a seal can hold")
        nonce = secrets.token_bytes(_NONCE)
        padded = bytes([len(text)]) + text.ljust(_PADDED - 1, b"\0")
        return nonce + self._aead.encrypt(nonce, padded, self._bound_to(about))

    def open(self, sealed: bytes, key_id: str, about: str = "") -> str | None:
        """Who was sealed; None where another key did it, it was for something else, or it was changed."""
        if key_id != self.key_id or len(sealed) != SEALED_LENGTH:
            return None
        try:
            padded = self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound_to(about))
        except InvalidTag:
            return None
        return padded[1 : 1 + padded[0]].decode()

    def mark(self, sender: str, about: str) -> bytes:
        """What says that `about` is this sender's, to whoever holds the key (HMAC-SHA256, 32 bytes)."""
        return hmac.digest(self._marks, f"{sender}\0{about}".encode(), sha256)

    def marker(self, sender: str) -> Callable[[str, bytes], bool]:
        """Says of `about` and a mark whether it is this sender's; takes as long whatever the answer is.

        For a Home, which asks about every mark there is: HMAC (RFC 2104) with the part that is the same for
        all of them done once, which is three times as fast.
        """
        key = self._marks.ljust(_BLOCK, b"\0")
        inner = sha256(bytes(byte ^ 0x36 for byte in key) + sender.encode() + b"\0")
        outer = sha256(bytes(byte ^ 0x5C for byte in key))

        def is_theirs(about: str, mark: bytes) -> bool:
            within, around = inner.copy(), outer.copy()
            within.update(about.encode())
            around.update(within.digest())
            return hmac.compare_digest(mark, around.digest())

        return is_theirs

    def _bound_to(self, about: str) -> bytes:
        return b"\0".join((_PURPOSE, self.key_id.encode(), about.encode()))


def sealer_of(settings: Settings) -> Sealer | None:
    """The sealer of this installation; None where no secret key is set."""
    secret = settings.rounds_secret_key.get_secret_value()
    return Sealer(secret) if secret else None


def _derived(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret.encode())
