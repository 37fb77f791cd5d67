"""All the checks, one after another. What depends on something that is away is said to be not checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from bot.clock import Clock, local_date
from bot.courier.gateway import Gateway
from bot.doctor import data, manifest, setup, slack, stored, workspace
from bot.doctor.findings import Check, Finding, checked, not_checked
from bot.doctor.slack import Identity
from bot.doctor.stored import Stored
from bot.people.audience import read_users
from bot.settings import Settings


def examine(
    settings: Settings,
    clock: Clock,
    manifest_path: Path,
    answered: Callable[[Collection[str]], Collection[str]],
) -> list[Check]:
    """Check everything, in the order in which it is best mended.

    `answered` says which slash commands the program has listeners for: of the manifest's, which it is given,
    and of its own. Nothing is changed anywhere.
    """
    tokens = setup.check_tokens(settings)
    known = _identify(settings, tokens)
    database, usable = stored.open_database(settings.database_url)
    checks = [tokens, usable]
    facts: Stored | None = None
    if database is not None:
        try:
            schema = stored.check_migrated(database)
            checks.append(schema)
            if not schema.failed:
                team_id = known.team_id if isinstance(known, Identity) else None
                facts = stored.read_stored(database, team_id, local_date(clock.now(), settings.zone))
        finally:
            database.close()
    checks.append(setup.check_secret_key(settings, facts.key_fingerprint if facts else None))
    checks.append(setup.check_synonyms(settings))
    wanted, problem = _manifest(manifest_path)
    checks.append(problem or manifest.check_commands(wanted, answered(manifest.commands_of(wanted))))
    checks += _of_slack(settings, clock, known, wanted, facts)
    checks += _of_data(facts, settings, clock)
    return checks


def _identify(settings: Settings, tokens: Check) -> Identity | Finding | None:
    """Who the bot token is; None where there is no point in asking."""
    token = settings.slack_bot_token.get_secret_value()
    return slack.identify_bot(token, settings.slack_api_url) if token.startswith("xoxb-") else None


def _manifest(path: Path) -> tuple[Mapping[str, Any], Check | None]:
    try:
        return manifest.read_manifest(path), None
    except (OSError, ValueError):
        wrong = f"{path.name} is not there, or is not an app manifest."
        todo = "Take it as it came with this version of Rounds."
        return {}, checked("Commands", "", [Finding(wrong, todo)])


def _of_slack(
    settings: Settings,
    clock: Clock,
    known: Identity | Finding | None,
    wanted: Mapping[str, Any],
    facts: Stored | None,
) -> list[Check]:
    names = ("Slack", "Scopes", "Clock", "Channels", "People")
    if known is None:
        return [not_checked(name, "Slack cannot be asked without a bot token.") for name in names]
    if isinstance(known, Finding):
        away = [not_checked(name, "Slack did not answer.") for name in names[1:]]
        return [checked("Slack", "", [known]), *away]
    url = settings.slack_api_url
    gateway = Gateway(settings.slack_bot_token, url, clock)
    checks = [
        checked("Slack", f"It accepts the bot token, for the workspace {known.team}."),
        workspace.check_clock(known.date, clock.now()),
        workspace.check_scopes(manifest.scopes_of(wanted), known.scopes),
    ]
    app_token = settings.slack_app_token.get_secret_value()
    if app_token.startswith("xapp-"):
        checks.append(slack.check_socket(app_token, url, clock))
    checks.append(_installed(settings, clock, gateway, known, wanted))
    return checks + _of_people(settings, gateway, known, facts)


def _installed(
    settings: Settings, clock: Clock, gateway: Gateway, known: Identity, wanted: Mapping[str, Any]
) -> Check:
    token = settings.rounds_config_token.get_secret_value()
    if not token:
        return not_checked("Installed app", manifest.NOT_COMPARED)
    found = slack.read_installed(gateway, token, settings.slack_api_url, clock, known.bot_id)
    if not isinstance(found, Mapping):
        # The gateway's words for an error are about the bot's token; this one is another.
        error = getattr(found, "error", "too many calls just now")
        wrong = f"Slack did not show the app's manifest ({error})."
        todo = "Make a new app configuration token at api.slack.com/apps (they last twelve hours)."
        return checked("Installed app", "", [Finding(wrong, todo)])
    socket_mode = bool(settings.slack_app_token.get_secret_value())
    return manifest.check_installed(wanted, found, socket_mode=socket_mode)


def _of_people(settings: Settings, gateway: Gateway, known: Identity, facts: Stored | None) -> list[Check]:
    if facts is None:
        why = "The database has to be in order first."
        return [not_checked("Channels", why), not_checked("People", why)]
    users = read_users(gateway)
    if not isinstance(users, Mapping):
        why = f"Slack did not list the people: {slack.reason(users)}."
        return [not_checked("Channels", why), not_checked("People", why)]
    wanted = list(facts.channels)
    if settings.rounds_organisation_channel:
        wanted.append((workspace.ORGANISATION, settings.rounds_organisation_channel))
    places = slack.read_places(gateway, wanted)
    if isinstance(places, list):
        channels = workspace.check_channels(places, users, known.team_id)
    else:
        channels = not_checked("Channels", f"Slack did not list the channels: {slack.reason(places)}.")
    return [channels, workspace.check_people(facts.people, users)]


def _of_data(facts: Stored | None, settings: Settings, clock: Clock) -> list[Check]:
    if facts is None:
        why = "The database has to be in order first."
        return [not_checked(name, why) for name in ("Units", "Approvers", "Measures")]
    today = local_date(clock.now(), settings.zone)
    return [
        data.check_units(facts.with_leader, facts.without_leader),
        data.check_approvers(facts.approvers, facts.unapproved),
        data.check_measures(facts.measures, today),
    ]
