"""Pictures that come with ideas: only a cleaned copy is ever shown, and it can be taken away again.

What somebody uploads may say where and when it was taken, and on which telephone. The copy holds pixels only.
The upload itself stays the sender's own; a bot cannot delete it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import String, cast, delete, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from bot.clock import Clock
from bot.courier.gateway import Gateway
from bot.courier.letters import THREAD_OF_DEPENDENCY, Letter, put
from bot.courier.outcomes import Done, Permanent, Refusal
from bot.digests.facts import PICTURE, Picture
from bot.slack_blocks import context
from storage.engine import Database
from storage.ideas import IdeaMessage, IdeaPicture
from storage.outbox import OutboxPicture, OutboxRow
from storage.terms import IdeaMessageKind, Op, OutboxState, Priority

log = structlog.get_logger()

LARGEST: Final = 10 * 1024 * 1024  # bytes; Slack's own limit for a file in a form
LONGEST_SIDE: Final = 1600  # pixels
MOST_PIXELS: Final = 64_000_000  # a telephone's largest; read whole, they need about 250 MB
KIND: Final = "idea_picture"
GONE: Final = "idea_picture_gone"
_HEIC: Final = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AT_ONCE: Final = 10

TOO_LARGE: Final = "The picture is larger than 10 MB. Please send a smaller one."
TOO_MANY_PIXELS: Final = "The picture has too many pixels. Please send a smaller one."
IS_HEIC: Final = "The picture is in the HEIC format, which Rounds cannot read. Please send it as JPEG or PNG."
IS_ANIMATED: Final = "The picture moves. Please send one that stands still, as JPEG or PNG."
NO_PICTURE: Final = "The file is not a JPEG or PNG picture. Please send one of these."
BROKEN: Final = "The picture could not be read; it may be damaged. Please send it again."
NOT_THERE: Final = "The picture is no longer with Slack. Please send it again."


class PictureRefused(Exception):
    """A picture that cannot be used. `reason` is a sentence for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# -- cleaning ----


def clean(content: bytes) -> bytes:
    """A PNG with the picture's pixels and nothing else, at most 1600 pixels wide and high.

    The way that the camera was held is applied; EXIF, GPS, XMP, colour profiles and texts are left behind,
    and so is what lies under transparency. Raises PictureRefused for what is no JPEG or PNG, moves, is
    damaged, over 10 MB or over 64 million pixels.
    """
    if len(content) > LARGEST:
        raise PictureRefused(TOO_LARGE)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise PictureRefused(IS_HEIC)
    try:
        return _copy_of(content)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise PictureRefused(NO_PICTURE) from error
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error) as error:
        raise PictureRefused(BROKEN) from error


def _copy_of(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as found:
        # A telephone's JPEG may bring a second, smaller picture (MPO): that does not move.
        if found.format == "PNG" and getattr(found, "n_frames", 1) > 1:
            raise PictureRefused(IS_ANIMATED)
        if found.width * found.height > MOST_PIXELS:
            raise PictureRefused(TOO_MANY_PIXELS)
        # libjpeg makes a large picture small as it reads it.
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        held_upright: Image.Image = ImageOps.exif_transpose(found)
        flat = _flat(held_upright)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Pixels alone go into a new picture: whatever else came along has no way into it.
    copy = Image.new("RGB", flat.size)
    copy.paste(flat)
    kept = io.BytesIO()
    copy.save(kept, "PNG")
    return kept.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """The picture in RGB, on white where it is transparent."""
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    return picture.convert("RGB")


# -- putting them into the idea's thread ----


def add_picture(session: Session, idea_id: int, event_seq: int, file_id: str) -> int:
    """Note that this upload belongs to a line of the idea's history; the fetcher shows it. Returns its id."""
    row = IdeaPicture(idea_id=idea_id, event_seq=event_seq, source_file_id=file_id)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


# Tells the sender why their picture cannot be shown; in the transaction that notes it.
Told = Callable[[Session, IdeaPicture], None]


class PictureFetcher:
    """Fetches what was sent, cleans it, and puts a copy into the thread of the idea's card.

    An idea that moves has a new card, and gets a new copy there: a file that stands in one conversation is
    shown in no other. `on_problem` is called, in the same transaction, where a picture cannot be used;
    `problem` says why.
    """

    def __init__(self, database: Database, gateway: Gateway, clock: Clock, on_problem: Told) -> None:
        self._database, self._gateway, self._clock = database, gateway, clock
        self._on_problem = on_problem

    def tick(self) -> int:
        """Work on pictures whose idea has a card without them. Returns how many were put into the outbox."""
        with self._database.read() as session:
            waiting = {row.id: row for row, _card in session.exec(_lacking().limit(_AT_ONCE)).all()}
        return sum(self._fetch(row) for row in waiting.values())

    def _fetch(self, row: IdeaPicture) -> bool:
        try:
            content = self._content(row.source_file_id)
            if not isinstance(content, bytes):
                # Slack is away, or wants to be asked later: it comes again with the next tick.
                log.warning("picture_waits", picture=row.id, outcome=getattr(content, "error", "ratelimited"))
                return False
            png = clean(content)
        except PictureRefused as refused:
            self._note(row, refused.reason)
            return False
        now = self._clock.now()
        with self._database.write() as session:
            lacking = _still_lacking(session, row)
            for held, card in lacking:
                _put_into_thread(session, held, card, png, now)
            return bool(lacking)

    def _content(self, file_id: str) -> bytes | Refusal:
        answer = self._gateway.call("files.info", {"file": file_id})
        if isinstance(answer, Permanent):
            raise PictureRefused(NOT_THERE)
        if not isinstance(answer, Done):
            return answer
        file = answer.data.get("file") or {}
        if int(file.get("size") or 0) > LARGEST:
            raise PictureRefused(TOO_LARGE)
        url = str(file.get("url_private_download") or "")
        got = self._gateway.download(url, most=LARGEST)
        if isinstance(got, Permanent):
            raise PictureRefused(TOO_LARGE if got.error == "file_too_large" else NOT_THERE)
        return got

    def _note(self, row: IdeaPicture, reason: str) -> None:
        with self._database.write() as session:
            lacking = _still_lacking(session, row)
            if not lacking:
                return
            held = lacking[0][0]
            held.problem = reason[:200]
            session.add(held)
            if held.outbox_id is None:
                # One that was shown before, and whose upload is gone by now, need bother nobody.
                self._on_problem(session, held)
        log.info("picture_refused", picture=row.id, outcome=reason)


def _lacking() -> Select[IdeaPicture, OutboxRow]:
    """Pictures, and the cards in whose threads they do not stand yet: one in a channel, or one per leader."""
    card, own = aliased(OutboxRow), aliased(OutboxRow)
    period = cast(col(IdeaPicture.id), String) + ":" + cast(col(card.id), String)
    there = exists().where(
        col(own.depends_on) == col(card.id), col(own.kind) == KIND, col(own.period) == period
    )
    return (
        select(IdeaPicture, card)
        .join(IdeaMessage, col(IdeaMessage.idea_id) == col(IdeaPicture.idea_id))
        .join(card, col(card.id) == col(IdeaMessage.outbox_id))
        .where(
            IdeaPicture.problem == "",
            col(IdeaPicture.removed_at).is_(None),
            IdeaMessage.kind == IdeaMessageKind.CARD,
            col(IdeaMessage.current).is_(True),
            col(card.state).in_([OutboxState.WAITING, OutboxState.LEASED, OutboxState.SENT]),
            ~there,
        )
        .order_by(col(IdeaPicture.id), col(card.id))
    )


def _still_lacking(session: Session, row: IdeaPicture) -> Sequence[tuple[IdeaPicture, OutboxRow]]:
    """The same for one picture, locked for the transaction: another replica may have been here."""
    session.exec(select(IdeaPicture.id).where(IdeaPicture.id == row.id).with_for_update()).all()
    return session.exec(_lacking().where(IdeaPicture.id == row.id)).all()


def _put_into_thread(session: Session, row: IdeaPicture, card: OutboxRow, png: bytes, now: datetime) -> None:
    title = f"Picture with idea #{row.idea_id}"
    letter = Letter(
        kind=KIND,
        lane=card.lane,
        payload={"render": KIND, "idea": row.idea_id, "picture": row.id},
        recipient_id=card.recipient_id,
        conversation=card.conversation,
        thread_ts=THREAD_OF_DEPENDENCY,
        depends_on=card.id,
        guard=card.guard,
        picture=Picture(png, title, f"{title}. It came without a description."),
        priority=Priority.NOTICE,
        period=f"{row.id}:{card.id}",
    )
    outbox_id = put(session, letter, now=now)
    assert outbox_id is not None  # the row is locked, and nobody else puts one in
    session.add(
        IdeaMessage(
            outbox_id=outbox_id, idea_id=row.idea_id, kind=IdeaMessageKind.THREAD, event_seq=row.event_seq
        )
    )
    row.outbox_id = outbox_id
    session.add(row)
    session.flush()


# -- taking them away ----


def remove_pictures(session: Session, idea_id: int, now: datetime) -> int:
    """Take all pictures of an idea away: those that wait are not sent, those that were sent are deleted.

    Returns how many there were. The sender's own upload stays with them.
    """
    rows = session.exec(
        select(IdeaPicture).where(IdeaPicture.idea_id == idea_id, col(IdeaPicture.removed_at).is_(None))
    ).all()
    for row in rows:
        row.removed_at = now
        session.add(row)
    numbers = {row.id for row in rows}
    messages = session.exec(
        select(OutboxRow)
        .join(IdeaMessage, col(IdeaMessage.outbox_id) == col(OutboxRow.id))
        .where(IdeaMessage.idea_id == idea_id, OutboxRow.kind == KIND)
    ).all()
    for message in messages:
        number = message.payload.get("picture")
        if number not in numbers:
            continue
        session.execute(delete(OutboxPicture).where(col(OutboxPicture.outbox_id) == message.id))
        update = Letter(
            kind=GONE,
            lane=message.lane,
            payload={"render": GONE, "idea": idea_id, "picture": number},
            op=Op.UPDATE,
            depends_on=message.id,
            coalesce_key=f"picture:{message.id}:gone",
        )
        put(session, update, now=now)
    session.flush()
    return len(rows)


# -- what they say, when they are sent ----


def render_picture(session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A picture in the thread of its idea; nothing where it was taken away meanwhile."""
    row = session.get(IdeaPicture, payload["picture"])
    if row is None or row.removed_at is not None:
        return None
    words = f"A picture that came with idea #{row.idea_id}"
    block = {"type": "image", "slack_file": {"id": PICTURE}, "alt_text": f"{words}. It has no description."}
    return {"text": words, "blocks": [context(words), block]}


def render_gone(_session: Session, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands in a picture's place once it was taken away; its file is deleted with it."""
    words = f"A picture that came with idea #{payload['idea']} was taken away."
    return {"text": words, "blocks": [context(words)], "erase_own_picture": True}
