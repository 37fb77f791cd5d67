"""What people read of names in their peer group: the table, the question, the section of the Home. Pure."""

from __future__ import annotations

from typing import Final

from bot.digests import measure_nouns as nouns
from bot.digests import modes_words, phrases
from bot.digests.facts import Compared
from bot.digests.measure_nouns import Room
from bot.digests.select import compares
from bot.digests.values import direction_words, format_span, format_value
from bot.ideas.names import beside, form_of
from bot.ideas.words.phrases import listed, name, plural
from bot.language.language import Language, british, noted
from bot.names import wire
from bot.names.facts import GroupConsent, NamesAtHome, PeerPage
from bot.names.rules import LEAST_ROWS, GroupTable, Refused, Row
from bot.slack_blocks import Block, View, actions, button, context, divider, field, modal, option, section
from bot.slack_text import inert, plain, shorten

SEE_GROUP: Final = "See my peer group"
NAMES: Final = noted("Names in my group")
_ROOM: Final = Room(title=25, phrase=15)
_LINES: Final = 40
_MOST_ROWS: Final = 600
_MOST_LEADERS: Final = 40

ONE_MOMENT = "One moment: your group is being compared."
NO_PAGE = (
    "This digest compares you with nobody: it tells a single case, or is no longer kept. `/digest` shows "
    "your latest one."
)
ASKED = noted(
    "*Names in your peer group.* You can see the names of colleagues who agree to it, if you agree as well. "
    "It is up to you, and nobody is told what you say."
)
WITHDRAWN = (
    "Your name is no longer shown to anybody in your group, and theirs not to you. What somebody has seen "
    "before, Rounds cannot take back."
)
_REFUSED = {
    Refused.TOO_FEW: "Fewer than five colleagues have enough cases, so no figure of theirs is shown.",
    Refused.RECOGNISABLE: (
        "No colleague's figure is shown here just now: too few without a name would be left, and whoever "
        "knows the group could tell whose they are."
    ),
}


# -- the table ----


def peers_view(page: PeerPage) -> View:
    """The viewer's peer group on their digest's measure."""
    view, table = page.view, page.table
    days = format_span(view.first_day, view.last_day, year=True)
    about = " · ".join((name(view.group), days, direction_words(view.measure)))
    blocks = [section(f"*{nouns.title(view.measure, _ROOM)}*\n{about}")]
    if page.picture is not None:
        alt_text = plain(page.alt_text, 2000) or "A picture of the figures below."
        blocks.append({"type": "image", "slack_file": {"id": page.picture}, "alt_text": alt_text})
    blocks.append(section(f"*You:* {phrases.own_figures(view, _ROOM, british())}."))
    if table.refused is not None:
        why = (
            modes_words.group_range(view, british())
            if view.compared is Compared.OTHER_MODE
            else phrases.no_comparison(view, british())
        )
        reason = _REFUSED.get(table.refused) or why or _REFUSED[Refused.TOO_FEW]
        return modal(SEE_GROUP, [*blocks, section(reason)])
    lines = [_line(row, page) for row in table.rows[:_MOST_ROWS]]
    blocks += [section("\n".join(lines[at : at + _LINES])) for at in range(0, len(lines), _LINES)]
    blocks += [section(text) for text in _about_the_rest(page, table) if text]
    return modal(SEE_GROUP, [*blocks, context(*_small_print(table))])


def _line(row: Row, page: PeerPage) -> str:
    if row.own:
        return f"• *{row.figure}  You*"
    who = "a colleague" if row.person_id is None else name(page.names.get(row.person_id, "a colleague"), 60)
    return f"• {row.figure}  {who}" if row.figure else f"• {who}: too few cases on one side to show it"


def _about_the_rest(page: PeerPage, table: GroupTable) -> list[str]:
    said = []
    if table.spread and table.unnamed:
        said.append(
            f"{plural(table.unnamed, 'colleague is', 'colleagues are')} here without a name. With fewer than "
            f"{LEAST_ROWS} colleagues no single figure of theirs is shown. {_spread(page)}"
        )
    elif table.hidden:
        said.append(
            f"{plural(table.hidden, 'figure', 'figures')} of colleagues without a name "
            f"{'is' if table.hidden == 1 else 'are'} left out: the counts behind are so small that a patient "
            "could be recognised."
        )
    if len(table.rows) > _MOST_ROWS:
        said.append(f"{len(table.rows) - _MOST_ROWS} more are left out here.")
    return said


def _spread(page: PeerPage) -> str:
    view, quartiles = page.view, page.view.comparison.quartiles
    if quartiles is None or not compares(view):
        return ""
    low, high = (format_value(view.measure, one) for one in quartiles)
    return f"The middle half of all of you is between {low} and {high}."


def _small_print(table: GroupTable) -> list[str]:
    lines = [
        "Colleagues' patient numbers are not shown: they could give somebody away. The order is by figure, "
        "not by merit; chance alone moves people about in it."
    ]
    if table.named:
        lines.append("Names are of colleagues who agreed, as you did. Each of them can see that you looked.")
    return lines


# -- agreeing ----


def names_form(consent: GroupConsent) -> View:
    """The page on which somebody agrees, changes what leaders see, or withdraws."""
    group = name(consent.group)
    blocks = [
        section(
            f"*{group}*\n"
            "If you agree, your name stands beside your figure for those colleagues in this group who agreed "
            "as well, and theirs for you. It is about the page “See my peer group” alone: digests and "
            "pictures never hold a name."
        ),
        section(
            "• Without your yes nobody sees your name, and you see none.\n"
            "• Nobody is told who was asked, who agreed to what, who said nothing or who withdrew.\n"
            "• Each look at your figure with your name is on your Home, under “Who looked”.\n"
            "• You can withdraw at any time, and it holds at once. What somebody has seen stays seen."
        ),
        section(_about_leaders(consent)),
        _leaders_box(consent),
    ]
    if consent.agreed:
        blocks.append(actions(button(wire.WITHDRAW, "Withdraw my name", str(consent.group_id))))
        blocks.append(context("You have agreed. Closing this page changes nothing."))
    else:
        blocks.append(context("You have not agreed. Closing this page changes nothing, and is no answer."))
    return modal(
        NAMES,
        blocks,
        callback=form_of(wire.NAMES),
        submit="Save" if consent.agreed else "I agree",
        metadata=str(consent.group_id),
    )


def _about_leaders(consent: GroupConsent) -> str:
    if not consent.led_by:
        return "*Leaders.* Nobody leads this group just now. Whoever comes to lead it does not see your name."
    told = [name(one, 60) for one in consent.led_by[:_MOST_LEADERS]]
    left = len(consent.led_by) - len(told)
    who = listed([*told, f"{left} more"] if left else told)
    lead = "leads" if len(consent.led_by) == 1 else "lead"
    return (
        f"*Leaders.* {who} {lead} where members of this group work, or above. They do not see your name, "
        "even as members of this group, unless you tick this."
    )


def _leaders_box(consent: GroupConsent) -> Block:
    yes = option("Leaders who are members of this group may see my name too", "yes")
    element: Block = {"type": "checkboxes", "options": [yes]}
    if consent.leaders:
        element["initial_options"] = [yes]
    return field(wire.LEADERS, "Leaders", element, optional=True)


def agreed_note(group: str) -> str:
    """What is said after somebody agreed."""
    return (
        f"Saved. In {inert(shorten(group, 80))} you and those who agreed see each other's names from now on."
    )


def question_blocks(group_id: int, language: Language) -> list[Block]:
    """The question beneath a digest, once."""
    asks = button(wire.NAMES, language.say(NAMES), str(group_id))
    return [{**section(language.say(ASKED)), "accessory": asks}]


# -- the Home ----


def home_blocks(names: NamesAtHome) -> list[Block]:
    """The peer group and the names in it; nothing for whoever has neither."""
    blocks: list[Block] = []
    if names.week:
        said = section("*Your peer group*\nThe figures of your colleagues on your latest digest's measure.")
        blocks.append({**said, "accessory": button(wire.PEERS, SEE_GROUP, names.week)})
    for one in names.groups:
        group = name(one.group)
        text = (
            f"*Names in {group}*\nYou have agreed: you and those who agreed as well see each other's names."
            if one.agreed
            else f"*Names in {group}*\nYour name is shown to nobody, and you see none."
        )
        opens = button(beside(wire.NAMES, one.group_id), NAMES, str(one.group_id))
        blocks.append({**section(text), "accessory": opens})
    return [divider(), *blocks] if blocks else []
