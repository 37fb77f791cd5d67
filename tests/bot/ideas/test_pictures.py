"""Pictures with ideas: what may come in, what is left of it, and how it goes away again."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlmodel import Session, col, select

from bot.clock import ManualClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.letters import Letter, put
from bot.ideas import pictures
from bot.ideas.pictures import (
    PictureFetcher,
    PictureRefused,
    add_picture,
    clean,
    remove_pictures,
    render_gone,
    render_picture,
)
from bot.sandbox import BOT_TOKEN, Sandbox, start_sandbox
from storage.engine import Database
from storage.ideas import Idea, IdeaMessage, IdeaPicture
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import Unit
from storage.terms import IdeaMessageKind, OutboxState

SECRET = b"Bed 12 of Ward 4"


def jpeg(size: tuple[int, int] = (64, 32), **save: object) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(kept, "JPEG", **save)
    return kept.getvalue()


def as_png(picture: Image.Image, **save: object) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "PNG", **save)
    return kept.getvalue()


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    assert picture.format == "PNG"
    return picture


def telephone_photo(orientation: int = 6) -> bytes:
    """A JPEG as a telephone makes it: held on its side, with a place, a maker and a note."""
    picture = Image.new("RGB", (64, 32), "white")
    picture.paste((250, 0, 0), (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telephone"
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=95, exif=exif, comment=SECRET, icc_profile=b"profile " + SECRET)
    return kept.getvalue()


def test_a_photo_is_turned_upright_and_says_nothing_about_itself() -> None:
    photo = telephone_photo()
    assert SECRET in photo
    cleaned = clean(photo)
    picture = opened(cleaned)
    assert picture.size == (32, 64)  # turned by a quarter
    red, _, _ = picture.getpixel((16, 5))  # type: ignore[misc]
    _, green, _ = picture.getpixel((16, 60))  # type: ignore[misc]
    assert (red > 200, green > 200) == (True, True)
    assert SECRET not in cleaned
    assert b"Telephone" not in cleaned
    assert not picture.getexif()
    assert picture.info == {}


def test_texts_and_what_lies_behind_the_transparent_part_of_a_png_are_left_behind() -> None:
    notes = PngInfo()
    notes.add_text("Comment", SECRET.decode())
    notes.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=True)
    hidden = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    cleaned = clean(as_png(hidden, pnginfo=notes))
    assert SECRET not in cleaned
    assert opened(cleaned).getpixel((3, 3)) == (255, 255, 255)
    assert opened(cleaned).info == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_picture_comes_out_in_plain_colours(mode: str) -> None:
    picture = Image.new(mode, (5, 4)) if mode == "I;16" else Image.new("RGB", (5, 4), "grey").convert(mode)
    kept = io.BytesIO()
    picture.save(kept, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(clean(kept.getvalue())).mode == "RGB"


def test_large_pictures_become_smaller_and_small_ones_stay() -> None:
    assert opened(clean(jpeg((4000, 1000)))).size == (1600, 400)
    assert opened(clean(jpeg((30, 20)))).size == (30, 20)


def test_a_photo_with_a_second_one_inside_is_no_film() -> None:
    kept = io.BytesIO()
    first, second = Image.new("RGB", (20, 10), "blue"), Image.new("RGB", (10, 5))
    first.save(kept, "MPO", save_all=True, append_images=[second])
    assert opened(clean(kept.getvalue())).size == (20, 10)


def bomb() -> bytes:
    """A PNG that says it is 30,000 by 30,000 pixels: 2.5 GB, in a hundred bytes."""
    whole = as_png(Image.new("1", (8, 8)))
    head = b"IHDR" + struct.pack(">II", 30_000, 30_000) + whole[24:29]
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


def wide() -> bytes:
    """Under what Pillow warns of, but more than is read here."""
    return as_png(Image.new("1", (9_000, 9_000)))


def moving() -> bytes:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    return as_png(frames[0], save_all=True, append_images=frames[1:])


def gif() -> bytes:
    kept = io.BytesIO()
    Image.new("P", (4, 4)).save(kept, "GIF")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", pictures.NO_PICTURE),
        (b"%PDF-1.7 a letter", pictures.NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", pictures.NO_PICTURE),
        (gif(), pictures.NO_PICTURE),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), pictures.IS_HEIC),
        (moving(), pictures.IS_ANIMATED),
        (bytes(pictures.LARGEST + 1), pictures.TOO_LARGE),
        (bomb(), pictures.TOO_MANY_PIXELS),
        (wide(), pictures.TOO_MANY_PIXELS),
        (jpeg()[:200], pictures.BROKEN),
        (as_png(Image.effect_noise((40, 40), 50))[:-200], pictures.BROKEN),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), pictures.NO_PICTURE),
    ],
    ids=["empty", "pdf", "svg", "gif", "heic", "moving", "large", "bomb", "wide", "cut", "cut png", "zeros"],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        clean(content)
    assert refused.value.reason == reason


@dataclass
class Ward:
    """A ward with a channel, an idea whose card stands there, and who was told of a problem."""

    database: Database
    sandbox: Sandbox
    clock: ManualClock
    told: list[str] = field(default_factory=list)
    idea: int = 0
    card: int = 0

    @property
    def gateway(self) -> Gateway:
        return Gateway(BOT_TOKEN, self.sandbox.api_url, self.clock)

    @property
    def fetcher(self) -> PictureFetcher:
        def tell(_session: Session, row: IdeaPicture) -> None:
            self.told.append(row.problem)

        return PictureFetcher(self.database, self.gateway, self.clock, tell)

    def deliver(self) -> None:
        renderers = {pictures.KIND: render_picture, pictures.GONE: render_gone}
        assert Courier(self.database, self.gateway, self.clock, renderers=renderers).drain(600)

    def send(self, content: bytes, name: str = "photo.jpg") -> int:
        file_id = self.sandbox.upload_file("U1", name, content)
        with self.database.write() as session:
            return add_picture(session, self.idea, 1, file_id)

    def row(self, number: int) -> IdeaPicture:
        with self.database.read() as session:
            return session.get_one(IdeaPicture, number)

    def new_card(self, channel: str, *, keep_old: bool = False) -> None:
        """The idea's card stands somewhere else now, or somewhere else as well."""
        with self.database.write() as session:
            old = session.get_one(IdeaMessage, self.card)
            old.current = keep_old
            session.add(old)
            letter = Letter(
                kind="idea_card", lane=f"{channel}:2", payload={"text": "Idea"}, conversation=channel
            )
            self.card = put(session, letter, now=self.clock.now()) or 0
            session.add(IdeaMessage(outbox_id=self.card, idea_id=self.idea, kind=IdeaMessageKind.CARD))

    def row_file(self, outbox_id: int | None) -> str | None:
        with self.database.read() as session:
            return session.get_one(OutboxRow, outbox_id).file_id

    def remove(self) -> int:
        with self.database.write() as session:
            return remove_pictures(session, self.idea, self.clock.now())

    @property
    def shown(self) -> list[str]:
        """The files that messages of the channel show."""
        messages = self.sandbox.workspace.messages("C1")
        return [b["slack_file"]["id"] for m in messages for b in m.blocks if b["type"] == "image"]


@contextmanager
def working(database: Database, clock: ManualClock) -> Iterator[Ward]:
    with start_sandbox(clock=clock) as sandbox:
        sandbox.workspace.add_user("U1", name="priya")
        sandbox.workspace.add_channel("ward-4", id="C1", members=["U1"])
        made = Ward(database, sandbox, clock)
        with database.write() as session:
            unit = Unit(name="Ward 4", channel="ward-4")
            session.add(unit)
            session.flush()
            assert unit.id is not None
            now = clock.now()
            idea = Idea(
                text="A clock", unit_id=unit.id, answering_unit_id=unit.id, handed_in_at=now, moved_at=now
            )
            session.add(idea)
            session.flush()
            assert idea.id is not None
            letter = Letter(
                kind="idea_card", lane="channel:ward-4", payload={"text": "Idea"}, conversation="ward-4"
            )
            card = put(session, letter, now=now)
            assert card is not None
            session.add(IdeaMessage(outbox_id=card, idea_id=idea.id, kind=IdeaMessageKind.CARD))
            made.idea, made.card = idea.id, card
        yield made


@pytest.fixture
def ward(sqlite: Database, clock: ManualClock) -> Iterator[Ward]:
    with working(sqlite, clock) as made:
        yield made


def test_both_databases_find_what_waits_and_put_it_there_once(database: Database, clock: ManualClock) -> None:
    with working(database, clock) as ward:
        ward.send(jpeg())
        ward.send(b"%PDF-1.7", "letter.pdf")
        assert (ward.fetcher.tick(), ward.fetcher.tick()) == (1, 0)
        ward.deliver()
        assert len(ward.shown) == 1
        assert ward.remove() == 2
        ward.deliver()
        assert ward.shown == []


def test_a_cleaned_copy_goes_into_the_thread_of_the_card(ward: Ward) -> None:
    number = ward.send(telephone_photo())
    assert ward.fetcher.tick() == 1
    assert ward.fetcher.tick() == 0
    ward.deliver()
    card, shown = ward.sandbox.workspace.messages("C1")
    assert shown.thread_ts == card.ts
    assert shown.text == f"A picture that came with idea #{ward.idea}"
    [file_id] = ward.shown
    assert file_id != ward.row(number).source_file_id
    content = ward.sandbox.workspace.files[file_id].content
    assert content is not None
    assert SECRET not in content
    with ward.database.read() as session:
        assert session.get_one(IdeaMessage, ward.row(number).outbox_id).kind is IdeaMessageKind.THREAD
        assert session.exec(select(OutboxPicture)).all() == []


def test_a_picture_waits_until_its_idea_has_a_card(ward: Ward) -> None:
    with ward.database.write() as session:
        message = session.get_one(IdeaMessage, ward.card)
        message.current = False
        session.add(message)
    ward.send(jpeg())
    assert ward.fetcher.tick() == 0
    with ward.database.write() as session:
        message = session.get_one(IdeaMessage, ward.card)
        message.current = True
        session.add(message)
    assert ward.fetcher.tick() == 1


def test_two_replicas_put_it_there_once(ward: Ward) -> None:
    number = ward.send(jpeg())
    one, other = ward.fetcher, ward.fetcher
    stale = ward.row(number)
    assert one.tick() == 1
    assert other._fetch(stale) is False
    ward.deliver()
    assert len(ward.shown) == 1


def test_an_idea_that_moves_takes_its_picture_along_as_another_file(ward: Ward) -> None:
    ward.sandbox.workspace.add_channel("ward-5", id="C2")
    number = ward.send(jpeg())
    ward.fetcher.tick()
    ward.deliver()
    [first] = ward.shown
    ward.new_card("ward-5")
    assert ward.fetcher.tick() == 1
    assert ward.fetcher.tick() == 0
    ward.deliver()
    _card, there = ward.sandbox.workspace.messages("C2")
    second = ward.row_file(ward.row(number).outbox_id)
    assert [b["slack_file"]["id"] for b in there.blocks if b["type"] == "image"] == [second]
    assert second != first
    assert ward.remove() == 1
    ward.deliver()
    files = ward.sandbox.workspace.files
    assert [files[file_id].deleted for file_id in (first, str(second))] == [True, True]


def test_an_idea_that_moves_after_its_sender_deleted_the_upload_bothers_nobody(ward: Ward) -> None:
    number = ward.send(jpeg())
    ward.fetcher.tick()
    ward.deliver()
    ward.sandbox.workspace.files[ward.row(number).source_file_id].deleted = True
    ward.sandbox.workspace.add_channel("ward-5", id="C2")
    ward.new_card("ward-5")
    assert ward.fetcher.tick() == 0
    assert ward.told == []
    assert ward.shown != []


def test_an_idea_back_in_its_first_channel_shows_its_picture_there_again(ward: Ward) -> None:
    ward.send(jpeg())
    ward.fetcher.tick()
    ward.new_card("ward-4")
    assert ward.fetcher.tick() == 1
    ward.deliver()
    assert len(ward.shown) == 2


def test_each_leader_who_has_the_card_gets_the_picture(ward: Ward) -> None:
    ward.new_card("ward-4", keep_old=True)
    ward.send(jpeg())
    assert ward.fetcher.tick() == 1
    ward.deliver()
    assert len(set(ward.shown)) == 2


def test_a_picture_that_cannot_be_used_is_told_once(ward: Ward) -> None:
    number = ward.send(b"%PDF-1.7", "letter.pdf")
    assert ward.fetcher.tick() == 0
    assert ward.fetcher.tick() == 0
    assert ward.row(number).problem == pictures.NO_PICTURE
    assert ward.told == [pictures.NO_PICTURE]


def test_a_picture_that_its_sender_deleted_meanwhile_is_told(ward: Ward) -> None:
    number = ward.send(jpeg())
    ward.sandbox.workspace.files[ward.row(number).source_file_id].deleted = True
    ward.fetcher.tick()
    assert ward.told == [pictures.NOT_THERE]


def test_while_slack_is_away_the_picture_waits(ward: Ward) -> None:
    number = ward.send(jpeg())
    ward.sandbox.faults.break_before["files.info"] = 1
    assert ward.fetcher.tick() == 0
    ward.sandbox.faults.break_before["download"] = 1
    assert ward.fetcher.tick() == 0
    assert (ward.row(number).problem, ward.told) == ("", [])
    assert ward.fetcher.tick() == 1


def test_taking_a_picture_away_deletes_its_file_and_changes_its_message(ward: Ward) -> None:
    number = ward.send(jpeg())
    ward.fetcher.tick()
    ward.deliver()
    [file_id] = ward.shown
    assert ward.remove() == 1
    assert ward.remove() == 0
    ward.deliver()
    assert ward.shown == []
    assert ward.sandbox.workspace.files[file_id].deleted
    assert ward.sandbox.workspace.messages("C1")[1].text.endswith("was taken away.")
    assert ward.row(number).removed_at == ward.clock.now()


def test_a_picture_that_waits_to_be_sent_is_never_sent_once_it_was_taken_away(ward: Ward) -> None:
    ward.send(jpeg())
    ward.fetcher.tick()
    ward.remove()
    with ward.database.read() as session:
        assert session.exec(select(OutboxPicture)).all() == []
    ward.deliver()
    assert ward.shown == []
    with ward.database.read() as session:
        rows = session.exec(select(OutboxRow).where(col(OutboxRow.kind) == pictures.KIND)).all()
    assert [row.state for row in rows] == [OutboxState.CANCELLED]


def test_a_picture_that_was_uploaded_but_not_yet_shown_is_deleted_as_well(ward: Ward) -> None:
    ward.send(jpeg())
    ward.fetcher.tick()
    ward.sandbox.faults.errors["files.info"] = ["fatal_error"] * 40
    renderers = {pictures.KIND: render_picture, pictures.GONE: render_gone}
    courier = Courier(ward.database, ward.gateway, ward.clock, renderers=renderers)
    with ward.database.read() as session:
        row = session.exec(select(OutboxRow).where(col(OutboxRow.kind) == pictures.KIND)).one()
    for _ in range(20):
        courier.run_once()
        ward.clock.sleep(1)
    assert ward.row_file(row.id) is not None
    ward.sandbox.faults.errors.clear()
    ward.remove()
    ward.deliver()
    file_id = ward.row_file(row.id)
    assert file_id is not None
    assert ward.sandbox.workspace.files[file_id].deleted
    assert ward.shown == []
