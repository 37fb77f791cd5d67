"""What people read of sharing a digest: the preview, the leader's page, the section of the Home. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bot.digests.values import format_span
from bot.digests.weeks import IsoWeek
from bot.ideas.names import beside, form_of
from bot.ideas.words.phrases import listed, long_day, name, plural
from bot.sharing import wire
from bot.sharing.facts import Audience, Sharable, Share, SharingAtHome
from bot.sharing.rules import as_shared
from bot.slack_blocks import (
    Block,
    View,
    button,
    confirmation,
    context,
    divider,
    field,
    modal,
    option,
    section,
)

SHARE_IT: Final = "Share with my lead"
_MOST_UNITS: Final = 20
_MOST_AT_HOME: Final = 8

NO_DIGEST = "There is no digest of yours here that was sent. `/digest` shows your latest one."
NO_LEADERS = "Nobody else leads a unit in which you work, so there is nobody to share it with."
SMALL = (
    "The counts in this digest are so small that a patient could be recognised, so it cannot be shown to "
    "anybody else. You are welcome to talk about it without the numbers."
)
WITHDRAWN = "It is taken back: nobody but you sees this digest any more. What somebody has read stays read."
ENDED = "This is not shared with you any more, or its time is over."


def share_page(found: Sharable | None) -> View:
    """The preview, exactly as the leaders will see it, and to whom it can be shown."""
    reason = _why_not(found)
    if found is None or reason:
        return modal(SHARE_IT, [section(reason)])
    audiences = found.audiences[:_MOST_UNITS]
    choices = [option(one.unit, str(one.unit_id)) for one in audiences]
    menu: Block = {"type": "static_select", "options": choices}
    if len(choices) == 1:
        menu["initial_option"] = choices[0]
    blocks = [
        section(
            f"You can show this one digest to the leaders of your unit, until {long_day(found.until)}. You "
            "can take it back on your Home at any time; what somebody has read stays read. Nobody is asked "
            "to share, and no leader can ask for it here."
        ),
        *(section(_who_sees(one)) for one in audiences),
        field(wire.UNIT, "With whose leaders?", menu),
        section(
            "Whoever stands in for one of them sees it too. Each look is on your Home, under “Who looked”. "
            "If the figures are corrected later, they still see what was sent to you. "
            "*This is what they see:*"
        ),
        divider(),
        *shared_blocks(found.who, found.message, found.until),
    ]
    return modal(
        SHARE_IT,
        blocks,
        callback=form_of(wire.SHARE),
        submit="Share it",
        close="Cancel",
        metadata=str(found.week),
    )


def _why_not(found: Sharable | None) -> str:
    if found is None:
        return NO_DIGEST
    if found.small:
        return SMALL
    return "" if found.audiences else NO_LEADERS


def _who_sees(one: Audience) -> str:
    return f"*{name(one.unit)}:* {listed([name(leader, 60) for leader in one.leaders])}"


def shared_page(who: str, message: Mapping[str, Any], until: date) -> View:
    """What a leader sees."""
    return modal("Shared with you", shared_blocks(who, message, until))


def shared_blocks(who: str, message: Mapping[str, Any], until: date) -> list[Block]:
    """A digest as a leader sees it, and as its subject saw it before sharing."""
    person = name(who, 60)
    return [
        section(f"*{person} shares a digest with you, until {long_day(until)}.* “You” in it is {person}."),
        *as_shared(message.get("blocks", ())),
        context(
            f"It is for a talk with {person}, and not for appraisal, pay or discipline.",
            f"{person} can see that you looked, and can take it back at any time. It shows what was sent.",
        ),
    ]


def shared_note(until: date) -> str:
    """What is said after somebody shared a digest."""
    return (
        f"Shared until {long_day(until)}. They get no message: it stands on their Home. You can take it back "
        "on yours."
    )


def what_was_seen(week: str) -> str:
    """What the record of looks says."""
    return f"the digest of {_span(IsoWeek.parse(week))} that you shared"


def week_line(count: int) -> str:
    """The line in a leader's week; "" for nothing. No name: a message stays when something is taken back."""
    if count == 0:
        return ""
    return f"{plural(count, 'digest is', 'digests are')} shared with you: see your Home."


# -- the Home ----


def home_blocks(sharing: SharingAtHome) -> list[Block]:
    """What is shared with somebody, what they share, and the way to share; nothing where there is nothing."""
    blocks = [_with_me(one) for one in sharing.with_me[:_MOST_AT_HOME]]
    left = len(sharing.with_me) - len(blocks)
    if left > 0:
        blocks.append(section(f"{left} more {'is' if left == 1 else 'are'} shared with you."))
    blocks += [_mine(one) for one in sharing.mine[:_MOST_AT_HOME]]
    if sharing.week:
        said = section(
            "*Share with my lead*\nYou can show your latest digest to the leaders of your unit for 30 days. "
            "You see first what they will see."
        )
        blocks.append({**said, "accessory": button(wire.SHARE, SHARE_IT, sharing.week)})
    return [divider(), *blocks] if blocks else []


def _with_me(one: Share) -> Block:
    text = (
        f"*Shared with you*\n{name(one.who, 60)} shares a digest ({_span(one.week)}) with the leaders of "
        f"{name(one.unit)}, until {long_day(one.until)}."
    )
    opens = button(beside(wire.LOOK, one.share_id), "Open it", str(one.share_id))
    return {**section(text), "accessory": opens}


def _mine(one: Share) -> Block:
    text = (
        f"*You share a digest*\nThe leaders of {name(one.unit)} can see the one of {_span(one.week)} until "
        f"{long_day(one.until)}."
    )
    ends = {
        **button(beside(wire.WITHDRAW, one.share_id), "Take it back", str(one.share_id)),
        "confirm": confirmation(
            "Take it back?",
            "Nobody but you sees this digest from then on.",
            confirm="Take it back",
            deny="Keep it",
        ),
    }
    return {**section(text), "accessory": ends}


def _span(week: IsoWeek) -> str:
    return format_span(week.monday, week.sunday)
