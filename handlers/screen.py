"""What comes up on somebody's screen: pages over the conversation, and the answer to a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.digests.requests import notice_view
from bot.slack_blocks import View, value_of
from handlers.deps import NOT_SAVED

log = structlog.stdlib.get_logger()

# Slack's words for a trigger that was used, or that came too late.
USED = ("exchanged_trigger_id", "trigger_exchanged")
OVER = (*USED, "expired_trigger_id", "trigger_expired")
# And for a page that was closed, or that has changed since.
LEFT = ("not_found", "hash_conflict")


@dataclass(frozen=True, slots=True)
class Press:
    """A button, a choice in a menu, a shortcut or a command, as Slack tells of it.

    `value` is what the button or the choice carries, or what was typed behind the command; "" for none. `key`
    is the same when the same press comes again. `body` is all that Slack sends.
    """

    user_id: str
    key: str
    value: str
    body: Mapping[str, Any]
    client: WebClient

    @property
    def under(self) -> View:
        """The page that it was pressed in; {} for a message."""
        return self.body.get("view") or {}

    @property
    def in_modal(self) -> bool:
        """Whether a page over the conversation is open under it, which the Home is not."""
        return self.under.get("type") == "modal"

    @property
    def on_home(self) -> bool:
        """Whether it was pressed on the Home."""
        return self.under.get("type") == "home"

    @property
    def domain(self) -> str:
        """The name of the workspace in its addresses; "" where Slack does not say."""
        return str(value_of(self.body, "team", "domain") or "")

    def show(self, view: View) -> None:
        """Bring up a page: on top of the one that it was pressed in, or by itself.

        Slack holds three; on the topmost of these the new page takes the place of the one pressed in.
        """
        try:
            if self.in_modal and _is_third(self.under):
                self.replace(view)
            else:
                self._open(view)
        except SlackApiError as refused:
            if refused.response["error"] not in OVER:
                raise
            # The same press once more, or one that Slack gave up on: there is nobody to show anything to.
            log.info("trigger_over")

    def say_busy(self) -> None:
        """Say that the database did not answer; never in the place of a form, for what is typed in it."""
        if not (self.under.get("submit") and _is_third(self.under)):
            self.show(notice_view(NOT_SAVED))

    def open(self, view: View) -> Mapping[str, Any] | None:
        """Open a page that is brought up to date afterwards; the view as Slack has it, with its id and hash.

        None where the same came before, and has opened it. Raises SlackApiError.
        """
        try:
            return self._open(view)
        except SlackApiError as refused:
            if refused.response["error"] in USED:
                return None
            raise

    def replace(self, view: View) -> None:
        """Have a page take the place of the one that it was pressed in, which is a modal."""
        self.client.views_update(view_id=self.under["id"], view=view)

    def turn_to(self, view: View) -> None:
        """The same where a modal is open; else the page comes up by itself."""
        if self.in_modal:
            self.replace(view)
        else:
            self.show(view)

    def _open(self, view: View) -> Mapping[str, Any]:
        method = self.client.views_push if self.in_modal else self.client.views_open
        opened: Mapping[str, Any] = method(trigger_id=self.key, view=view)["view"]
        return opened


def press_of(client: WebClient, body: Mapping[str, Any], action: Mapping[str, Any] | None) -> Press:
    """A press, from what Bolt hands to a listener; of a shortcut there is no `action`."""
    value = value_of(action, "value") or value_of(action, "selected_option", "value") or ""
    return Press(body["user"]["id"], body["trigger_id"], str(value), body, client)


def command_of(client: WebClient, body: Mapping[str, Any]) -> Press:
    """A command, from what Bolt hands to a listener."""
    return Press(body["user_id"], body["trigger_id"], str(body.get("text", "")).strip(), body, client)


def redraw(client: WebClient, page: Mapping[str, Any], view: View) -> None:
    """Bring an open page (as Slack has it) up to date. One that has changed since, or is closed, is left."""
    try:
        client.views_update(view_id=page["id"], hash=page.get("hash"), view=view)
    except SlackApiError as refused:
        if refused.response["error"] not in LEFT:
            raise
        log.info("page_left", error=refused.response["error"])


def _is_third(view: Mapping[str, Any]) -> bool:
    previous = view.get("previous_view_id")
    return bool(previous) and previous != view.get("root_view_id")


# -- what a form is answered with ----


def closed() -> dict[str, Any]:
    """It closes, and so does what was open under it."""
    return {"response_action": "clear"}


def becomes(view: View) -> dict[str, Any]:
    """Another page takes its place."""
    return {"response_action": "update", "view": view}


def say_beside(view: Mapping[str, Any], text: str, *wanted: str) -> dict[str, Any]:
    """It stays open, with a sentence beside the first wanted field that it has, or any; else as a page."""
    block = block_of(view, *wanted)
    if block is None:
        return becomes(notice_view(text))
    return {"response_action": "errors", "errors": {block: text}}


def say_each(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    """It stays open, with what is wrong beside each field (by block)."""
    there = {block: said for block, said in errors.items() if block_of(view, block) == block}
    if there:
        return {"response_action": "errors", "errors": there}
    return say_beside(view, " ".join(errors.values()))


def block_of(view: Mapping[str, Any], *wanted: str) -> str | None:
    """The block of a form that a sentence can stand beside: the first of these that it has, or any."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    for name in wanted:
        for block in inputs:
            if name in (block["block_id"], block["element"]["action_id"]):
                return str(block["block_id"])
    return str(inputs[0]["block_id"]) if inputs else None
