"""The Home tab: facts in, a view out. Everything is within Slack's limits, whatever the names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.answers.words import home_blocks as answer_blocks
from bot.digests.values import format_span
from bot.digests.write import COUNTED, MORE
from bot.goals.words import home_blocks as goal_blocks
from bot.home import words
from bot.home.choice import BoardChoice, to_metadata
from bot.home.facts import DigestSettings, HomeFacts, IdeasAtHome, LatestDigest
from bot.home.measures import MEASURES, lines_blocks
from bot.home.own_data import EXPORT
from bot.ideas import names
from bot.ideas.delegating import stand_in_blocks
from bot.ideas.figures.metrics_words import metrics_blocks
from bot.ideas.words.lists import board_blocks, my_ideas_blocks, unit_month_blocks
from bot.leading.aim import aim_blocks
from bot.leading.asking.words import home_blocks as asking_blocks
from bot.leading.weak_words import home_blocks as reminder_blocks
from bot.names.words import home_blocks as names_blocks
from bot.sharing.words import home_blocks as sharing_blocks
from bot.slack_blocks import Block, actions, button, confirmation, context, divider, header, modal, section
from bot.slack_text import plain, shorten
from bot.talks.words import home_blocks as talk_blocks

View = dict[str, Any]

AGAIN = "home_digest_again"
TRENDS = "home_trends"
SETTINGS = "home_settings"
PAUSE = "home_pause"
RESUME = "home_resume"
STOP = "home_stop"
LOOKS = "home_looks"
WHO = "home_who"

LOOKS_ON_HOME = 5
# Slack's: 3,000 characters a section, 250 kB a view. "&" grows to five characters when it is made inert.
_LOOK, _LOOK_LINE = 240, 570
_MOST_BLOCKS = 100
MOST_LOOKS, _WHOLE_LOOK = 40, 500

# No idea has such a number.
_SECOND = 10**12

BUSY = (
    "Rounds could not reach its database just now, so this page is empty. Nothing of yours is lost. "
    "Please open it again in a minute."
)


def home_view(facts: HomeFacts, *, show_picture: bool = True, choice: BoardChoice | None = None) -> View:
    """The Home of one person: with a digest, without figures, or not known yet.

    `show_picture` False is for when Slack does not let the person see the file (any more). `choice` is what
    was chosen of the board: the page keeps it.
    """
    if not facts.name:
        blocks = [header("Rounds"), *aim_blocks(facts.ideas.aims), *_board(facts.ideas), *_ideas(facts.ideas)]
        blocks += [divider(), section(words.no_digest(facts))]
        return _home([*blocks, *_about(facts)], choice)
    blocks = [header(f"Hello, {facts.name}"), *aim_blocks(facts.ideas.aims)]
    # What waits for somebody stands first, and then what they came for.
    board, ideas = _board(facts.ideas), _ideas(facts.ideas)
    waiting = answer_blocks(replace(facts.answers, mine=()))
    own = [*_care(facts, show_picture=show_picture), *goal_blocks(facts.goals)]
    if facts.settings is None:
        blocks += [
            *board,
            *waiting,
            *([divider()] if waiting else []),
            *ideas,
            divider(),
            *own,
            section(words.no_digest(facts)),
        ]
    else:
        blocks += [*board, *waiting, *own, *ideas, divider()]
    blocks += names_blocks(facts.names)
    blocks += sharing_blocks(facts.sharing)
    blocks += answer_blocks(replace(facts.answers, waiting=()))
    blocks += talk_blocks(facts.talks)
    if facts.settings is not None:
        blocks += [*_settings(facts.settings), *_looks(facts)]
    rest = [section(text) for text in (words.leading(facts),) if text]
    if facts.runs_rounds:
        rest.append(section(words.RUNNING))
        rest += reminder_blocks(facts.reminders)
    blocks += [divider(), *rest] if rest else []
    made = _home([*blocks, *_about(facts)], choice)
    over, latest = len(made["blocks"]) - _MOST_BLOCKS, facts.latest
    if over > 0 and latest is not None and latest.lines:
        # The page of all measures has what does not fit; one block says so.
        latest = replace(latest, lines=latest.lines[: -over - 1])
        return home_view(replace(facts, latest=latest), show_picture=show_picture, choice=choice)
    return made


def busy_view() -> View:
    """What stands on an empty Home while the database does not answer."""
    return _home([header("Rounds"), section(words.ABOUT), section(BUSY)])


def looks_view(facts: HomeFacts) -> View:
    """The whole record of who looked, as a page."""
    shown = facts.looks[:MOST_LOOKS]
    blocks = [section(words.look_words(look, facts.zone, _WHOLE_LOOK)) for look in shown]
    left = facts.looks_in_all - len(shown)
    if not shown:
        blocks = [section(words.NOBODY_LOOKED)]
    elif left > 0:
        older = "1 older one is" if left == 1 else f"{left} older ones are"
        blocks.append(section(f"{older} kept as well; ask whoever runs Rounds to see the rest."))
    return modal("Who looked", blocks)


def _board(ideas: IdeasAtHome) -> list[Block]:
    """What waits for leaders, how ideas are doing, and what they can ask their team."""
    blocks: list[Block] = []
    if ideas.board is not None:
        blocks += board_blocks(ideas.board)
    if ideas.figures is not None:
        blocks += [*metrics_blocks(ideas.figures), divider()]
    return [*blocks, *asking_blocks(ideas.asking)]


def _ideas(ideas: IdeasAtHome) -> list[Block]:
    """A person's own ideas, then their unit's month, and who stands in for them."""
    blocks = my_ideas_blocks(ideas.mine)
    if ideas.month is not None:
        blocks += [divider(), *unit_month_blocks(ideas.month)]
    if ideas.may_ask or ideas.stand_ins:
        blocks += [divider(), *stand_in_blocks(ideas.stand_ins, may_ask=ideas.may_ask)]
    return blocks


def _care(facts: HomeFacts, *, show_picture: bool) -> list[Block]:
    """The latest digest, and beneath it every measure; nothing for whoever has no figures."""
    if facts.settings is None:
        return []
    blocks = [divider(), *_latest(facts.latest, facts.settings), divider()]
    if facts.latest is not None and (facts.latest.trends or facts.latest.lines):
        blocks += [*_measures(facts.latest, show_picture=show_picture), divider()]
    return blocks


def _latest(latest: LatestDigest | None, settings: DigestSettings) -> list[Block]:
    if latest is None:
        first = (
            "None yet. A welcome that says what comes and who sees it stands before the first one."
            if settings.stopped or settings.next_at is None
            else f"None yet. The first can come on {words.moment(settings.next_at, settings.zone)}, as soon "
            "as there are figures about your care. A welcome before it says what comes and who sees it."
        )
        return [section(f"*Your digest*\n{first}")]
    span = format_span(latest.week.monday, latest.week.sunday)
    reference = str(latest.week)
    text = f"*Your latest digest · {span}*"
    if latest.headline:
        text += f"\n{shorten(latest.headline, 1500)}"
    buttons = [button(AGAIN, "Show it again", reference), button(COUNTED, "How is this counted?", reference)]
    if not latest.measures:
        buttons.insert(1, button(MORE, "More measures", reference))
    return [section(text), actions(*buttons)]


def _measures(latest: LatestDigest, *, show_picture: bool) -> list[Block]:
    """Each measure in short, and the picture of all trends, or how to get it."""
    count = latest.measures or latest.trends
    heading = "Your one measure" if count == 1 else f"Your {count} measures"
    until = format_span(latest.week.sunday, latest.week.sunday)
    about = f"*{heading}*\nAs of {until}. Only you see this."
    buttons = [button(MEASURES, "All my measures", str(latest.week))] if latest.measures else []
    shown: list[Block] = []
    if latest.picture is not None and latest.trends and show_picture:
        alt_text = plain(latest.alt_text, 2000) or "Your own trends."
        shown.append({"type": "image", "slack_file": {"id": latest.picture}, "alt_text": alt_text})
    elif latest.trends:
        # Slack shows somebody only files that a conversation of theirs holds.
        about += " “Show my trends” sends the picture to your messages; it then appears here too."
        buttons.append(button(TRENDS, "Show my trends", str(latest.week)))
    rest = [actions(*buttons)] if buttons else []
    left = latest.measures - len(latest.lines)
    if latest.lines and left > 0:
        rest.insert(0, context(f"{left} more {'is' if left == 1 else 'are'} on the page “All my measures”."))
    return [section(about), *shown, *lines_blocks(latest.lines), *rest]


def _settings(settings: DigestSettings) -> list[Block]:
    text = f"*When your digest comes*\n{words.when_it_comes(settings)} {words.what_comes_next(settings)}"
    if settings.stopped or settings.paused_until is not None:
        rest = [{**button(RESUME, "Resume", "resume"), "style": "primary"}]
    else:
        rest = [button(PAUSE, "Pause", "pause")]
    if not settings.stopped:
        rest.append({**button(STOP, "Stop", "stop"), "confirm": _confirm_stop()})
    elements = [button(SETTINGS, "Change", "settings"), *rest]
    return [divider(), section(text), actions(*elements)]


def _confirm_stop() -> Block:
    return confirmation(
        "Stop your digest?",
        "You will get no more digests. You can resume it here whenever you like.",
        confirm="Stop it",
        deny="Keep it",
    )


def _looks(facts: HomeFacts) -> list[Block]:
    latest = facts.looks[:LOOKS_ON_HOME]
    shown = [shorten(words.look_words(look, facts.zone, _LOOK), _LOOK_LINE) for look in latest]
    text = "\n".join(f"• {line}" for line in shown) or words.NOBODY_LOOKED
    elements = [button(WHO, "Who else could look?", "who"), button(EXPORT, "Export my data", "export")]
    if facts.looks_in_all > len(shown):
        elements.insert(0, button(LOOKS, f"All {facts.looks_in_all}", "looks"))
    return [
        divider(),
        section(f"*Who looked at your figures*\n{text}"),
        actions(*elements),
    ]


def _about(facts: HomeFacts) -> list[Block]:
    blocks = [divider(), section(f"*What Rounds is*\n{words.ABOUT}")]
    if facts.purpose:
        blocks.append(section(words.purpose(facts.purpose)))
    if facts.settings is None:
        elements = [button(WHO, "Who can see figures?", "who")]
        if facts.name:
            elements.append(button(EXPORT, "Export my data", "export"))
        blocks.append(actions(*elements))
    blocks.append(context("`/rounds help` says what you can do here."))
    return blocks


def _each_once(blocks: list[Block]) -> list[Block]:
    """The blocks with another action_id where one stands there twice, which Slack refuses in one view.

    An idea of one's own can stand on one's board as well; its buttons are listened to under any number.
    """
    seen: set[str] = set()

    def once(element: Block) -> Block:
        action_id = str(element.get("action_id", ""))
        if action_id and action_id in seen:
            action_id = names.beside(action_id.partition("-")[0], _SECOND + len(seen))
            element = {**element, "action_id": action_id}
        seen.add(action_id)
        return element

    made = []
    for block in blocks:
        if "accessory" in block:
            block = {**block, "accessory": once(block["accessory"])}
        elif block["type"] == "actions":
            block = {**block, "elements": [once(element) for element in block["elements"]]}
        made.append(block)
    return made


def _home(blocks: list[Block], choice: BoardChoice | None = None) -> View:
    # Two sections may each bring the line between them.
    line = divider()
    one_line = [
        block for block, before in zip(blocks, [line, *blocks], strict=False) if not block == before == line
    ]
    view: View = {"type": "home", "blocks": _each_once(one_line)}
    return view if choice is None else {**view, "private_metadata": to_metadata(choice)}
