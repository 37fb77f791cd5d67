"""Checks of the settings alone: which tokens there are, of which kind, and the secret key."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from urllib.parse import urlsplit

from bot.doctor.findings import Check, Finding, checked
from bot.ideas.finding.synonyms import BadSynonyms, load_synonyms
from bot.settings import Settings

# The site fact under which the first `rounds run` notes which secret key it had.
FINGERPRINT = "secret_key_fingerprint"

_KINDS = {
    "xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xapp-": "an app-level token",
    "xoxe": "a token that expires (token rotation is on)",
    "xoxa-": "a legacy workspace token",
}


def fingerprint(secret_key: str) -> str:
    """What tells one secret key from another without giving it away: an HMAC of a constant, in hex."""
    return hmac.new(secret_key.encode(), b"rounds secret key", hashlib.sha256).hexdigest()


def is_local(api_url: str) -> bool:
    """Whether this is a local workspace (the demo's, a test's) and not Slack itself."""
    return urlsplit(api_url).hostname in ("127.0.0.1", "localhost", "::1")


def token_kind(token: str) -> str:
    """What kind of token this is, in words, by how it begins; nothing of the token itself."""
    return next((kind for start, kind in _KINDS.items() if token.startswith(start)), "no token of Slack's")


def check_tokens(settings: Settings) -> Check:
    """The tokens are there and of the right kind, and there is a way in: Socket Mode or HTTP."""
    bot = settings.slack_bot_token.get_secret_value()
    app = settings.slack_app_token.get_secret_value()
    signing = settings.slack_signing_secret.get_secret_value()
    findings = []
    if not bot:
        findings.append(
            Finding("SLACK_BOT_TOKEN is not set.", "Copy it from api.slack.com/apps → OAuth & Permissions.")
        )
    elif not bot.startswith("xoxb-"):
        findings.append(
            Finding(
                f"SLACK_BOT_TOKEN is {token_kind(bot)}.",
                "Set the Bot User OAuth Token (xoxb-…) from api.slack.com/apps → OAuth & Permissions.",
            )
        )
    if app and not app.startswith("xapp-"):
        findings.append(
            Finding(
                f"SLACK_APP_TOKEN is {token_kind(app)}.",
                "Set an app-level token (xapp-…) with the scope connections:write from api.slack.com/apps → "
                "Basic Information, or leave it empty for HTTP mode.",
            )
        )
    if not app and not signing:
        findings.append(
            Finding(
                "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so nothing can come in.",
                "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP mode.",
            )
        )
    if signing.startswith(("xox", "xapp-")):
        findings.append(
            Finding(
                f"SLACK_SIGNING_SECRET is {token_kind(signing)}.",
                "Copy the Signing Secret from api.slack.com/apps → Basic Information.",
            )
        )
    mode = "Socket Mode" if app else "HTTP mode"
    return checked("Tokens", f"The tokens are of the right kind; Rounds runs in {mode}.", findings)


def check_synonyms(settings: Settings) -> Check:
    """The site's own words, by which ideas are found too, can be read."""
    path = settings.rounds_synonyms
    if not path:
        return checked("Synonyms", "Ideas are found by the words that Rounds brings along.")
    try:
        load_synonyms(path)
    except BadSynonyms as wrong:
        said = str(wrong)
        todo = "Mend the file, or take ROUNDS_SYNONYMS out; until then ideas are found without it."
        return checked("Synonyms", "", [Finding(f"{said[:1].upper()}{said[1:]}.", todo)])
    return checked("Synonyms", f"{Path(path).name} is read beside the words that Rounds brings along.")


def check_secret_key(settings: Settings, known: str | None) -> Check:
    """The secret key is there and is the one that this database's seals were made with.

    `known` is the fingerprint that the first `rounds run` noted, None before that.
    """
    key = settings.rounds_secret_key.get_secret_value()
    name = "Secret key"
    if not key and known is not None:
        wrong = "ROUNDS_SECRET_KEY is not set, but this database has been used with one."
        todo = "Set it to the key that was used before: what it sealed can be opened with no other."
        return checked(name, "", [Finding(wrong, todo)])
    if not key and is_local(settings.slack_api_url):
        return checked(name, "None is needed in a local workspace.")
    if not key:
        wrong = "ROUNDS_SECRET_KEY is not set; it seals the way back to the sender of an anonymous idea."
        todo = (
            "Make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'`, set it, keep it."
        )
        return checked(name, "", [Finding(wrong, todo)])
    if known is not None and not hmac.compare_digest(known, fingerprint(key)):
        wrong = "ROUNDS_SECRET_KEY is not the one that this database was used with."
        todo = "Set the earlier key again: what it sealed can be opened with no other."
        return checked(name, "", [Finding(wrong, todo)])
    if known is None:
        return checked(name, "It is set; the first `rounds run` will remember which one it is.")
    return checked(name, "It is set, and is the one that was used before.")
