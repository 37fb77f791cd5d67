"""Checks of the Slack workspace, on what Slack answered: scopes, clock, channels, people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.doctor.findings import Check, Finding, checked, counted, listed, not_checked
from bot.people.audience import audience, named

# Slack refuses requests that are signed more than five minutes ago; long before that, times look wrong.
MOST_SKEW_SECONDS = 60.0

# In the place of a unit's name.
ORGANISATION = "the whole organisation"

REINSTALL = "Update the app from manifest.yml at api.slack.com/apps and install it again."


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's channel: what the file says (`channel`), what Slack says (`found`), and who is in it."""

    unit: str
    channel: str
    found: Mapping[str, Any] | None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who works here today, and the account that is theirs as far as Rounds knows."""

    email: str
    user_id: str | None = None


def check_scopes(wanted: Collection[str], granted: str | None) -> Check:
    """Every scope of the manifest was granted. `granted` is Slack's x-oauth-scopes header."""
    if granted is None:
        return not_checked("Scopes", "Slack did not say which scopes the token has.")
    missing = sorted(set(wanted) - {scope.strip() for scope in granted.split(",")})
    findings = [Finding(f"The app lacks the scope {scope}.", REINSTALL) for scope in missing]
    return checked("Scopes", f"All {len(wanted)} scopes of the manifest are granted.", findings)


def check_clock(date_header: str | None, now: datetime) -> Check:
    """This machine's clock agrees with Slack's, by the Date header of an answer."""
    try:
        theirs = parsedate_to_datetime(date_header or "")
    except ValueError:
        return not_checked("Clock", "Slack's answer did not carry a time.")
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    skew = (now - theirs).total_seconds()
    findings = []
    if abs(skew) > MOST_SKEW_SECONDS:
        way = "ahead of" if skew > 0 else "behind"
        findings.append(
            Finding(
                f"This machine's clock is {_how_long(abs(skew))} {way} Slack's.",
                "Set it by NTP (`timedatectl set-ntp true`); digests are sent, and requests checked, by it.",
            )
        )
    return checked("Clock", f"It agrees with Slack's within {MOST_SKEW_SECONDS:.0f} seconds.", findings)


def check_channels(places: Sequence[Place], users: Mapping[str, Mapping[str, Any]], team_id: str) -> Check:
    """Rounds is in each unit's channel, and only people of this organisation can read there."""
    if not places:
        return not_checked("Channels", "No unit has a channel (units.csv).")
    findings = [finding for place in places for finding in _channel(place, users, team_id)]
    well = f"Rounds is in {counted(len(places), 'channel')}; nobody from outside can read there."
    return checked("Channels", well, findings)


def _channel(place: Place, users: Mapping[str, Mapping[str, Any]], team_id: str) -> list[Finding]:
    name, found = named(place.channel), place.found
    where = "ROUNDS_ORGANISATION_CHANNEL" if place.unit == ORGANISATION else "units.csv"
    if found is None:
        return [
            Finding(
                f"{name} of {place.unit} was not found: there is no such channel, or it is private and "
                "Rounds is not in it.",
                f"Mend it in {where}, or type `/invite @Rounds` in {name}.",
            )
        ]
    seen = audience(found, place.members, users, team_id)
    if seen.archived:
        return [Finding(f"{name} of {place.unit} is archived.", f"Name another channel in {where}.")]
    findings = []
    if not seen.here:
        findings.append(
            Finding(f"Rounds is not in {name} of {place.unit}.", f"Type `/invite @Rounds` in {name}.")
        )
    if seen.shared:
        findings.append(
            Finding(
                f"{name} of {place.unit} is shared with another organisation.",
                f"Name a channel of your own organisation in {where}; ideas are for colleagues.",
            )
        )
    if seen.guests:
        findings.append(
            Finding(
                f"{name} of {place.unit} has {counted(len(seen.guests), 'guest')}: {listed(seen.guests)}.",
                f"Take them out of the channel, make them full members, or name another channel in {where}.",
            )
        )
    return findings


def check_people(people: Sequence[Somebody], users: Mapping[str, Mapping[str, Any]]) -> Check:
    """Everybody who works here today has a Slack account under the same email address."""
    if not people:
        return not_checked("People", "No people were imported yet (people.csv).")
    humans = {u: user for u, user in users.items() if not user.get("is_bot") and u != "USLACKBOT"}
    emails = {email for user in humans.values() if not user.get("deleted") and (email := _email(user))}
    if not emails:
        return not_checked("People", "Slack shows no email address; the scope users:read.email is needed.")
    nobody, other = [], []
    for person in people:
        if person.user_id is None:
            if person.email not in emails:
                nobody.append(person.email)
        elif person.user_id not in humans:
            nobody.append(f"{person.email} ({person.user_id})")
        elif not humans[person.user_id].get("deleted") and _email(humans[person.user_id]) != person.email:
            other.append(person.email)
    findings = []
    if nobody:
        findings.append(
            Finding(
                f"{counted(len(nobody), 'person matches', 'people match')} nobody in Slack: "
                f"{listed(nobody)}.",
                "Give the address or the slack_user_id that Slack has in people.csv, and import it again.",
            )
        )
    if other:
        findings.append(
            Finding(
                f"The Slack account has another email address for {listed(other)}; "
                "no digest is sent until that is settled.",
                "See whose account it is; mend people.csv, and import it with --rebind if it is another.",
            )
        )
    return checked("People", f"{counted(len(people), 'person', 'people')}, all found in Slack.", findings)


def _email(user: Mapping[str, Any]) -> str | None:
    email = (user.get("profile") or {}).get("email")
    return str(email).strip().lower() if email else None


def _how_long(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return counted(round(seconds / size), unit)
    return counted(round(seconds), "second")
