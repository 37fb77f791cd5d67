"""The form of `/idea`: one field that must be filled in, the rest folded away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.ideas import names
from bot.ideas.facts import Draft, FormFacts, Receipt, Similar, UnitChoice
from bot.ideas.lifecycle import SUPPORTABLE
from bot.ideas.words.phrases import (
    LONGEST_IDEA,
    STATES,
    clock_time,
    long_day,
    me_too_words,
    name,
    plural,
    text_box,
    title,
    typed,
)
from bot.slack_blocks import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    field,
    modal,
    option,
    section,
    value_of,
)

NAMED, ANONYMOUS = "named", "anonymous"
MOST_SIMILAR: Final = 3
# Slack takes 100 choices in a menu, or 100 groups of 100; a view may hold 250 kB.
_IN_A_MENU, _MOST_UNITS = 100, 400

TICKS: Final = {
    "wants_to_lead": ("I would like to lead this", "Your leader then coaches you."),
    "own_control": ("This is within our own control", "Your team may start at once."),
    "from_patient": ("A patient or family suggested this", ""),
    "on_behalf": ("This is for a colleague without Slack", ""),
    "above": ("Someone above my unit's leaders should answer", "It goes neither to the channel nor to them."),
}

NO_TEXT = "Write the idea here; a sentence is enough."
TOO_LONG = "This is longer than 3,000 characters. Please make it a little shorter."
NO_UNIT = "Choose the unit that it is about."
NO_TICK = "Please look at the picture once more, and tick this."
NOT_ANONYMOUS_WITH_PICTURE = (
    "A picture's file shows who uploaded it. Take the picture out, or choose “With my name”."
)
NOT_ANONYMOUS_AND_LEADING = (
    "To lead it you would have to be known. Choose “With my name”, or leave this tick out."
)
NOT_ANONYMOUS_HERE = "Rounds cannot keep a name back here yet. Choose “With my name”."


def idea_form(draft: Draft, facts: FormFacts | None, similar: Sequence[Similar] = ()) -> View:
    """The form with what is typed so far; `facts` None: just opened, nothing asked of the database yet.

    Ids stay the same from one to the next, so that an update keeps what was typed meanwhile.
    """
    shown = tuple(similar)[:MOST_SIMILAR]
    if shown:
        draft = replace(draft, seen_similar=True)
    blocks = [field(names.TEXT, "Your idea", _idea_box(draft))]
    if shown:
        blocks += _similar(shown)
    if facts is None:
        blocks += [context("Finding your unit …"), _named(draft, possible=True)]
    else:
        blocks += _where(draft, facts)
        blocks += _with_name(draft, facts)
        if draft.unfolded:
            blocks += _unfolded(draft, facts)
        else:
            blocks.append(actions(button(names.UNFOLD, "More choices", "unfold")))
    return modal(
        "Hand in an idea",
        blocks,
        callback=names.FORM,
        submit="Send as new" if shown else "Send",
        close="Cancel",
        metadata=_metadata(draft),
    )


def read_form(view: View) -> Draft:
    """What stands in the form, or in the page about a concern; what is not shown there is kept."""
    draft = _kept(view.get("private_metadata"))
    values = value_of(view, "state", "values")
    values = values if isinstance(values, dict) else {}
    text = value_of(values, names.TEXT, names.TEXT, "value")
    draft = replace(draft, text=str(text or "").strip())
    if names.UNIT in values:
        draft = replace(draft, unit_id=_number(value_of(values, names.UNIT, names.UNIT, "selected_option")))
    if names.NAMED in values:
        chosen = _chosen(value_of(values, names.NAMED, names.NAMED, "selected_option"))
        draft = replace(draft, anonymous=chosen == ANONYMOUS)
    if names.MEASURE in values:
        chosen = value_of(values, names.MEASURE, names.MEASURE, "selected_option")
        draft = replace(draft, measure_id=_number(chosen))
    if names.TICKS in values:
        on = {_chosen(one) for one in _several(values, names.TICKS, "selected_options")}
        draft = replace(
            draft,
            wants_to_lead="wants_to_lead" in on,
            own_control="own_control" in on,
            from_patient="from_patient" in on,
            on_behalf="on_behalf" in on,
            above="above" in on,
        )
    if names.PICTURE in values:
        ids = [one.get("id") for one in _several(values, names.PICTURE, "files") if isinstance(one, dict)]
        draft = replace(draft, file_id=str(ids[0]) if ids else "")
    if names.PICTURE_OK in values:
        draft = replace(draft, picture_confirmed=bool(_several(values, names.PICTURE_OK, "selected_options")))
    return draft


def form_errors(draft: Draft, facts: FormFacts) -> dict[str, str]:
    """What is still missing, by the block that it stands beside; empty where it can be sent.

    A form that was sent before its unit was found counts as being about the person's own unit.
    """
    errors: dict[str, str] = {}
    unit_id = draft.unit_id if draft.unit_id is not None else facts.mine
    if not draft.text:
        errors[names.TEXT] = NO_TEXT
    elif len(draft.text) > LONGEST_IDEA:
        errors[names.TEXT] = TOO_LONG
    if unit_id not in {unit.id for unit in facts.units}:
        errors[names.UNIT] = NO_UNIT
    if draft.anonymous and not facts.anonymous_possible:
        errors[names.NAMED] = NOT_ANONYMOUS_HERE
    if draft.file_id and draft.anonymous:
        errors[names.PICTURE] = NOT_ANONYMOUS_WITH_PICTURE
    elif draft.file_id and not draft.picture_confirmed:
        errors[names.PICTURE_OK] = NO_TICK
    if draft.wants_to_lead and draft.anonymous:
        errors[names.TICKS] = NOT_ANONYMOUS_AND_LEADING
    return errors


def concern_page(draft: Draft, speak_up: str) -> View:
    """Before words that read like a concern are sent (I16): where it belongs, and the choice."""
    draft = replace(draft, seen_concern=True)
    blocks = [
        section("*If a patient is at risk now, tell the nurse in charge.*"),
        section(
            f"*This is not an incident report.* Nobody watches ideas for safety.\n{typed(speak_up, 1500)}"
        ),
        divider(),
        section(
            "*Nothing has been kept so far.* You can copy your words from here and close, or change them "
            "until they are an idea, and send that."
        ),
        field(
            names.TEXT,
            "Your words",
            text_box(draft.text),
            hint="Please name nobody: an idea is about how things are done.",
        ),
    ]
    return modal(
        "Before you send this",
        blocks,
        callback=names.CONCERN,
        submit="Send as an idea",
        close="Close, keep nothing",
        metadata=_metadata(draft),
    )


def received_page(receipt: Receipt, at: FormFacts | None = None) -> View:
    """The last page: for an anonymous idea this is the receipt."""
    if receipt.appears_on is not None:
        where = "appear in the channel" if receipt.channel else "reach those who answer"
        time_of_day = clock_time((at or FormFacts()).anonymous_time)
        return modal(
            "Received",
            [
                section(
                    f"*Received.* It will {where} on {long_day(receipt.appears_on)} at {time_of_day}, so "
                    f"that "
                    "its time does not give you away."
                ),
                section("News about it will be on your Rounds Home, and there you can answer questions."),
            ],
        )
    number = f"Your idea is *#{receipt.number}*. " if receipt.number is not None else ""
    return modal(
        "Thank you",
        [section(f"*Thank you.* {number}Rounds has sent you a message with what happens next.")],
    )


def me_too_page(similar: Similar) -> View:
    """After “Me too” beside a similar idea: it counts there, and nothing new was handed in."""
    return modal(
        "Thank you",
        [
            section(
                f"*Your “me too” counts.*\n*#{similar.number} {title(similar.text)}*\n"
                f"{STATES[similar.state]} · {name(similar.unit)}"
            ),
            section("Nothing new was handed in. You will find this idea with `/ideas`."),
        ],
    )


# -- pieces ----


def _idea_box(draft: Draft) -> Block:
    box = text_box(draft.text, "What could be better, and how? A sentence is enough.")
    return {**box, "focus_on_load": not draft.text}


def _similar(similar: Sequence[Similar]) -> list[Block]:
    waits = any(one.state in SUPPORTABLE for one in similar)
    told = "“Me too” helps it more than a second one would." if waits else "Open it to see what came of it."
    blocks: list[Block] = [section(f"*Is it one of these?* {told}")]
    for one in similar:
        support = me_too_words(one.supporters)
        told = " · ".join(part for part in (name(one.unit), STATES[one.state], support) if part)
        line = section(f"*#{one.number} {title(one.text)}*\n{told}")
        action, label = (names.FORM_ME_TOO, "Me too") if one.state in SUPPORTABLE else (names.MORE, "Open")
        line["accessory"] = button(names.beside(action, one.number), label, str(one.number))
        blocks.append(line)
    return blocks


def _where(draft: Draft, facts: FormFacts) -> list[Block]:
    if not facts.units:
        return [
            section("No unit is set down in Rounds yet. Please ask whoever runs Rounds here to add yours.")
        ]
    chosen = draft.unit_id if draft.unit_id is not None else facts.mine
    units = sorted(facts.units, key=lambda unit: unit.id not in (chosen, facts.mine))
    shown = units[:_MOST_UNITS]
    element: Block = {"type": "static_select", "placeholder": {"type": "plain_text", "text": "Choose a unit"}}
    options = [option(unit.name, str(unit.id)) for unit in shown]
    if len(options) <= _IN_A_MENU:
        element["options"] = options
    else:
        element["option_groups"] = _groups(shown, options)
    initial = next((one for one in options if one["value"] == str(chosen)), None)
    if initial is not None:
        element["initial_option"] = initial
    left = len(units) - len(shown)
    hint = f"{plural(left, 'unit does', 'units do')} not fit into this list." if left else ""
    return [field(names.UNIT, "Where", element, hint=hint, dispatch=True)]


def _groups(units: Sequence[UnitChoice], options: Sequence[Block]) -> list[Block]:
    groups = []
    for first in range(0, len(options), _IN_A_MENU):
        part = units[first : first + _IN_A_MENU]
        label = f"{part[0].name[:30]} … {part[-1].name[:30]}"
        groups.append({"label": _label(label), "options": list(options[first : first + _IN_A_MENU])})
    return groups


def _label(text: str) -> Block:
    return dict(option(text, "-")["text"])


def _named(draft: Draft, *, possible: bool) -> Block:
    options = [option("With my name", NAMED)]
    if possible:
        options.append(option("Anonymously", ANONYMOUS))
    initial = options[1] if draft.anonymous and possible else options[0]
    element: Block = {"type": "radio_buttons", "options": options, "initial_option": initial}
    return field(names.NAMED, "Your name", element)


def _with_name(draft: Draft, facts: FormFacts) -> list[Block]:
    blocks = [_named(draft, possible=facts.anonymous_possible)]
    if not facts.anonymous_possible:
        blocks.append(
            context(
                "Your name is shown on the card, to everybody in the channel. To hand in anonymously, Rounds "
                "needs a secret key that has not been set up here; whoever runs Rounds can add it."
            )
        )
        return blocks
    at = clock_time(facts.anonymous_time)
    told = [
        "*With my name:* it is shown on the card, to everybody in the channel.",
        "*Anonymously:* no leader, no colleague and no administrator of Rounds sees your name. Rounds keeps "
        "a "
        "sealed way back to you, which only the key on its server opens. Slack itself, and whoever runs "
        "Slack for the "
        "hospital, could see that you used this form. Your idea appears on the next working day at "
        f"{at}, so that its time does not give you away.",
    ]
    unit = _unit(draft, facts)
    if unit is not None and unit.few:
        told.append(f"Few people work in {name(unit.name)}: they may guess who wrote it.")
    blocks.append(context(*told))
    return blocks


def _unit(draft: Draft, facts: FormFacts) -> UnitChoice | None:
    chosen = draft.unit_id if draft.unit_id is not None else facts.mine
    return next((unit for unit in facts.units if unit.id == chosen), None)


def _unfolded(draft: Draft, facts: FormFacts) -> list[Block]:
    blocks: list[Block] = [divider()]
    if facts.measures:
        options = [option(measure.title, str(measure.id)) for measure in facts.measures[:100]]
        element: Block = {"type": "static_select", "options": options}
        chosen = next((one for one in options if one["value"] == str(draft.measure_id)), None)
        if chosen is not None:
            element["initial_option"] = chosen
        blocks.append(field(names.MEASURE, "A measure that it should move", element, optional=True))
    ticks = {key: option(*words[:1], key, words[1]) for key, words in TICKS.items()}
    if not facts.has_above:
        del ticks["above"]
    element = {"type": "checkboxes", "options": list(ticks.values())}
    if on := [one for key, one in ticks.items() if getattr(draft, key)]:
        element["initial_options"] = on
    blocks.append(field(names.TICKS, "About this idea", element, optional=True))
    return [*blocks, *_picture(draft)]


def _picture(draft: Draft) -> list[Block]:
    element: Block = {"type": "file_input", "filetypes": ["jpg", "jpeg", "png"], "max_files": 1}
    seen = option("No patient, no screen and no notes are in the picture", "yes")
    tick: Block = {"type": "checkboxes", "options": [seen]}
    if draft.picture_confirmed:
        tick["initial_options"] = [seen]
    return [
        field(
            names.PICTURE,
            "A picture",
            element,
            hint="Only with your name: a picture's file shows who uploaded it. Where and when it was taken "
            "is removed before anybody sees it.",
            optional=True,
        ),
        field(names.PICTURE_OK, "If there is a picture", tick, optional=True),
    ]


# -- what the form carries with it ----

_CARRIED: Final[dict[str, Any]] = {
    "unit_id": None,
    "anonymous": False,
    "measure_id": None,
    **dict.fromkeys(TICKS, False),
    "file_id": "",
    "picture_confirmed": False,
    "unfolded": False,
    "seen_similar": False,
    "seen_concern": False,
    "origin": "",
}


def _metadata(draft: Draft) -> str:
    """All of the draft but its text, which stays where it is typed."""
    held = {key: getattr(draft, key) for key, unset in _CARRIED.items() if getattr(draft, key) != unset}
    return json.dumps(held)


def _kept(metadata: Any) -> Draft:
    try:
        held = json.loads(metadata or "{}")
    except (TypeError, ValueError):
        held = {}
    if not isinstance(held, dict):
        return Draft()
    kept: dict[str, Any] = {}
    for key, unset in _CARRIED.items():
        kind = int if unset is None else type(unset)
        if type(held.get(key)) is kind:
            kept[key] = held[key]
    return Draft(**kept)


def _several(values: dict[str, Any], block: str, key: str) -> list[Any]:
    found = value_of(values, block, block, key)
    return found if isinstance(found, list) else []


def _chosen(picked: Any) -> str:
    return str(picked.get("value", "")) if isinstance(picked, dict) else ""


def _number(picked: Any) -> int | None:
    value = _chosen(picked)
    return int(value) if value.isascii() and value.isdigit() else None
