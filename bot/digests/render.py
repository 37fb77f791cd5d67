"""One clinician's digest of one week, from the book of comparisons to words and picture. Deterministic."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.answers.words import counted_doors, more_doors, with_doors
from bot.digests.chart import PeerLayer
from bot.digests.counted_page import counted_view
from bot.digests.facts import Correction, MessageType, PastDigest, Picture, Spread
from bot.digests.gather import Book
from bot.digests.modes import spread_of
from bot.digests.own_measures import OwnMeasure, own_measures
from bot.digests.pages import more_view, who_view, why_view
from bot.digests.pictures import peer_picture, person_picture, worth_drawing
from bot.digests.select import Choice, Quiet, choose, compares
from bot.digests.trends import OwnTrend, own_trends
from bot.digests.weeks import IsoWeek
from bot.digests.write import Message, WritingContext, compose
from bot.language.language import Language, british
from bot.talks.rules import Offers, Peer, peers_of, talking_of

# A layer holds a few megabytes of pixels.
MOST_LAYERS = 40


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest ready to send, with the pages that its buttons open and the trends of all its measures.

    `peers` says on which of them the person is compared, and with whom; `measures` tells all of them.
    """

    choice: Choice
    message: Message
    picture: Picture | None
    views: dict[str, dict[str, Any]]
    trends: tuple[OwnTrend, ...] = ()
    peers: dict[str, Peer] = field(default_factory=dict)
    measures: tuple[OwnMeasure, ...] = ()


class WeekRenderer:
    """Renders the digests of one week. Layers that colleagues share are drawn once and kept."""

    def __init__(self, book: Book, week: IsoWeek, purpose: str, language: Language | None = None) -> None:
        self.book = book
        self.week = week
        self._purpose = purpose
        self._language = language or british()
        self._figures = {(figure.measure.key, figure.group): figure for figure in book.figures}
        self._layers: OrderedDict[tuple[str, str, bool, Spread | None], PeerLayer] = OrderedDict()

    def render(
        self,
        person_id: int,
        past: Sequence[PastDigest],
        corrections: Sequence[Correction] = (),
        *,
        every_week: bool = False,
        offers: Offers | None = None,
        varied: Collection[str] = frozenset(),
    ) -> Rendered | Quiet:
        """The digest of one person, or why there is none this week.

        `offers`: what colleagues offer; `varied`: on which measures (keys) they told why theirs differed.
        """
        views = self.book.views.get(person_id, ())
        choice = choose(
            views,
            past,
            week=self.week,
            every_week=every_week,
            corrections=corrections,
            language=self._language,
        )
        if isinstance(choice, Quiet):
            return choice
        # A single case is told, not drawn (D8); so is a single period that is compared with nothing.
        drawn = choice.story is None and worth_drawing(choice.view)
        picture = self._draw(choice) if drawn else None
        # The week is all that the buttons carry: whoever presses one gets their own digest of it.
        peers = peers_of(choice.looked_at)
        context = WritingContext(
            week=self.week,
            reference=str(self.week),
            alt_text=None if picture is None else picture.alt_text,
            purpose=self._purpose,
            talking=talking_of(person_id, peers, offers or Offers(), self._members),
            language=self._language,
        )
        titles = {one.measure.key: one.measure.title for one in choice.looked_at}
        told = [(key, title) for key, title in sorted(titles.items()) if key in varied]
        return Rendered(
            choice=choice,
            message=compose(choice, context),
            picture=picture,
            views={
                "more": with_doors(more_view(choice, context), *more_doors(told, self._language)),
                "counted": with_doors(
                    counted_view(choice.view, self._language),
                    *counted_doors(str(self.week), choice.view.measure.key, self._language),
                ),
                "why": why_view(choice, self._language),
                "who": who_view(context),
            },
            trends=own_trends(choice.looked_at),
            peers=peers,
            measures=own_measures(choice, self.week, self._language),
        )

    def _members(self, key: str, group: str) -> tuple[int, ...]:
        return self._figures[key, group].people

    def _draw(self, choice: Choice) -> Picture:
        view = choice.view
        # Own figures alone are told without the group: the picture says no more than the words.
        spread = None if choice.message_type is MessageType.FIGURES else spread_of(view)
        key = (view.measure.key, view.group, compares(view), spread)
        figure = self._figures[view.measure.key, view.group]
        if key not in self._layers:
            peers = peer_picture(figure, view, self._language)
            self._layers[key] = PeerLayer(replace(peers, spread=spread))
            if len(self._layers) > MOST_LAYERS:
                self._layers.popitem(last=False)
        self._layers.move_to_end(key)
        return self._layers[key].draw(person_picture(view, self._language, figure))


def as_payload(message: Message) -> dict[str, Any]:
    """A message as the outbox keeps it and as Slack takes it."""
    return {"text": message.text, "blocks": list(message.blocks)}
