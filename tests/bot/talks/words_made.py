"""Every message and page of talks, made by hand, with some text standing wherever somebody typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from bot.slack_blocks import section
from bot.talks import words
from bot.talks.facts import Asked, Listener, Offered, Request, TalksAtHome
from storage.terms import TalkState

UNTIL = date(2027, 5, 24)
COACH = Request(7, TalkState.ASKED, lapsed=False, asker="Ben Okoro", offerer="Grace Mensah")
COACH = replace(COACH, asker_user="U0BEN", offerer_user="U0GRACE")
TITLE = "Clot risk assessed within 14 hours"
TELLER = replace(COACH, offerer="Ana Lee", offerer_user="U0ANA", title=TITLE, key="clot-risk")
ENDS = {
    "accepted": (TalkState.ACCEPTED, False),
    "not-now": (TalkState.DECLINED, False),
    "taken-back": (TalkState.WITHDRAWN, False),
    "lapsed": (TalkState.WITHDRAWN, True),
}


def everything(typed: str | None = None) -> dict[str, dict[str, Any]]:
    """All of them by name; `typed` stands for every name, title and line that people wrote."""

    def said(text: str) -> str:
        return text if typed is None else typed

    made: dict[str, dict[str, Any]] = {}
    for kind, request in (("coach", COACH), ("colleague", TELLER)):
        request = replace(
            request,
            asker=said(request.asker),
            offerer=said(request.offerer),
            title=said(request.title) if request.title else "",
        )
        made[f"request-{kind}"] = words.request_message(request)
        for end, (state, lapsed) in ENDS.items():
            settled = replace(request, state=state, lapsed=lapsed)
            made[f"request-{kind}-{end}"] = words.request_message(settled)
            answer = words.answer_message(settled)
            assert (answer is None) == (end == "taken-back")
            if answer is not None:
                made[f"answer-{kind}-{end}"] = answer
    listeners = [
        Listener(3, said("Grace Mensah"), said("Thirty years of night shifts; I mostly ask questions.")),
        Listener(5, said("Karen Mulholland")),
    ]
    asked = (Asked(7, who=said("Grace Mensah")), Asked(9, title=said(TITLE)))
    telling = (Offered(11, said(TITLE), until=UNTIL),)
    mine = Offered(3, words=said("Thirty years of night shifts; I mostly ask questions."))
    made |= {
        "page-talk": words.talk_page(listeners),
        "page-talk-asked": words.talk_page(listeners[1:], asked),
        "page-talk-nobody": words.talk_page([], asked),
        "page-ask": words.ask_page(said(TITLE), "clot-risk"),
        "page-tell": words.tell_page(said(TITLE), "clot-risk", UNTIL),
        "page-listen": words.listen_page(300),
        "home-coach": _home(TalksAtHome(may_listen=True)),
        "home-listening": _home(TalksAtHome(may_listen=True, listening=mine)),
        "home-no-coach-any-more": _home(TalksAtHome(listening=mine)),
        "home-clinician": _home(TalksAtHome(telling=telling, asked=asked, listeners=True)),
    }
    return made


def _home(talks: TalksAtHome) -> dict[str, Any]:
    return {"type": "home", "blocks": [section("Above"), *words.home_blocks(talks)]}
