"""All settings: from the environment or `.env`, each with its default and what it is for."""

from __future__ import annotations

from datetime import time
from functools import cached_property
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from holidays import list_supported_countries
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.language.language import BRITISH, Language
from bot.language.load import language_named
from storage.terms import Weekday

DEFAULT_PURPOSE = (
    "For learning among colleagues. Not for appraisal, pay or discipline. "
    "Rounds does not monitor safety; concerns go to your unit's own safety route."
)

DEFAULT_SPEAK_UP = (
    "Please use your hospital's incident reporting, or talk to your Freedom to Speak Up Guardian."
)


class Settings(BaseSettings):
    """Rounds' settings. The README's table is made from these descriptions."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    slack_bot_token: SecretStr = Field(SecretStr(""), description="The bot's token (xoxb-…).")
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="The app-level token (xapp-…) for Socket Mode. Without it: HTTP mode."
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Checks that requests come from Slack, in HTTP mode."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API; ends in /api/.")
    database_url: str = Field(
        "sqlite:///rounds.db",
        description="SQLite for one process; postgresql://user:password@host/name for several.",
    )
    rounds_secret_key: SecretStr = Field(
        SecretStr(""),
        description="Seals the way back to the sender of an anonymous idea. Set it and keep it.",
    )
    rounds_timezone: str = Field(
        "Europe/London", description="The site's time zone, for people whose zone Slack does not know."
    )
    rounds_language: str = Field(
        BRITISH,
        description="The language of the digest: en_GB, en_US, or the path of a .po file such as "
        "/etc/rounds/de.po.",
    )
    rounds_admins: str = Field(
        "", description="Email addresses of the first administrators, separated by commas."
    )
    rounds_digest_weekday: Weekday = Field(
        Weekday.MONDAY, description="The day of the digest, where the person chose none."
    )
    rounds_digest_time: time = Field(
        time(7, 30), description="The time of the digest in the person's own zone, where they chose none."
    )
    rounds_purpose: str = Field(
        DEFAULT_PURPOSE, description="What the figures are for and not for; shown before the first digest."
    )
    rounds_speak_up: str = Field(
        DEFAULT_SPEAK_UP,
        description="Where a concern about safety or about a person goes; shown when an idea reads like one.",
    )
    rounds_organisation_channel: str = Field(
        "",
        description="The channel of the whole organisation, in which ideas that are in place are shared with "
        "their senders' consent. Without it nothing is shared.",
    )
    rounds_holidays: str = Field(
        "GB-ENG",
        description="Whose public holidays are no working days: a country (DE) or a country and region "
        "(GB-SCT, US-CA).",
    )
    rounds_acknowledge_days: int = Field(
        2, ge=1, description="Working days within which leaders give an idea its first words."
    )
    rounds_decide_days: int = Field(7, ge=1, description="Working days within which leaders decide.")
    rounds_update_days: int = Field(
        30, ge=1, description="Days within which an idea in progress gets an update."
    )
    rounds_confirm_days: int = Field(
        14,
        ge=1,
        description="Days after the reminder after which an idea that is in place, and that its sender did "
        "not confirm, shows as unverified.",
    )
    rounds_work_starts: time = Field(
        time(8),
        description="When leaders' working hours begin, in their own zone. They get no reminder before.",
    )
    rounds_work_ends: time = Field(
        time(18),
        description="When leaders' working hours end, in their own zone. They get no reminder after.",
    )
    rounds_rungs: str = Field(
        "2,4,6,8",
        description="Working days without a response after which an idea comes into its leader's daily "
        "message, stands first in it, comes to the deputy and the manager as well, and goes once to the "
        "level above.",
    )
    rounds_anonymous_time: time = Field(
        time(9),
        description="When anonymous ideas of the day before appear, and their news is told, in the site's "
        "zone on working days.",
    )
    rounds_synonyms: str = Field(
        "",
        description="A CSV file of the site's own words (`word,means`), added to those by which ideas are "
        "found.",
    )
    rounds_case_url: str = Field(
        "",
        description="The address of a case in the hospital's own record system, with {ref} where its "
        "reference stands: https://records.hospital.example/case/{ref}. Without it cases have no link.",
    )
    rounds_small_count: int = Field(
        4, ge=0, description="Counts from 1 to this number are never shown to anyone but their own clinician."
    )
    rounds_names_after: int = Field(
        8,
        ge=0,
        description="Digests that a member of an unblinded peer group has had before Rounds asks whether "
        "their name may be shown there. `rounds group` unblinds one.",
    )
    rounds_window_weeks: int = Field(12, ge=1, description="Weeks that are compared together.")
    rounds_window_months: int = Field(3, ge=1, description="Months that are compared together.")
    rounds_late_after_hours: int = Field(
        72,
        ge=1,
        description="A digest not sent within this time after it was due is recorded as skipped.",
    )
    rounds_unit_summary: bool = Field(
        default=True,
        description="Whether each unit's channel gets a summary of the unit's care once a month, on the "
        "first working day from the 15th. A unit without a channel gets none.",
    )
    rounds_messages_per_minute: int = Field(
        200, ge=1, description="How many messages a minute Rounds sends to the whole workspace at most."
    )
    rounds_http_host: str = Field(
        "127.0.0.1",
        description="The address to listen on, for Slack's requests and for health; a proxy with TLS stands "
        "in front of it. 0.0.0.0 is every address of this machine.",
    )
    rounds_http_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port to listen on. In HTTP mode 3000 where it is not set; in Socket Mode only "
        "/healthz, /readyz and /metrics are served there, and nothing where it is not set.",
    )
    rounds_http_workers: int = Field(
        1,
        ge=1,
        le=32,
        description="Processes in HTTP mode; more than one needs PostgreSQL.",
    )
    rounds_config_token: SecretStr = Field(
        SecretStr(""),
        description="An app configuration token (xoxe.xoxp-…), for `rounds doctor` alone: with it the doctor "
        "compares the app at Slack with manifest.yml. It lasts twelve hours.",
    )
    rounds_log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("rounds_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"there is no time zone called {value!r}; use one such as Europe/London"
            ) from error
        return value

    @field_validator("rounds_language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        language_named(value)
        return value

    @field_validator("rounds_holidays")
    @classmethod
    def _known_holidays(cls, value: str) -> str:
        if not knows_holidays(value):
            raise ValueError(
                f"no public holidays are known for {value!r}; use one such as GB-ENG, DE or US-CA"
            )
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_api(cls, value: str) -> str:
        if not value.endswith("/api/"):
            raise ValueError("the address of Slack's Web API must end in /api/")
        return value

    @field_validator("rounds_case_url")
    @classmethod
    def _link_to_a_case(cls, value: str) -> str:
        parts = urlsplit(value.replace("{ref}", "1"))
        rest = value.replace("{ref}", "")
        if value and not (
            parts.scheme == "https"
            and parts.hostname
            and "{ref}" in value.partition("://")[2].partition("/")[2]
            and not set('{}<>|" ') & set(rest)
            and rest.isprintable()
        ):
            raise ValueError(
                "the address of a case must start with https:// and hold {ref} after the host; "
                "use one such as https://records.hospital.example/case/{ref}"
            )
        return value

    @field_validator("rounds_rungs")
    @classmethod
    def _ascending_rungs(cls, value: str) -> str:
        if ascending(value) is None:
            raise ValueError(
                f"{value!r} are no rungs; use four ascending numbers of working days such as 2,4,6,8"
            )
        return value

    @model_validator(mode="after")
    def _working_hours(self) -> Settings:
        if self.rounds_work_starts >= self.rounds_work_ends:
            raise ValueError(
                "ROUNDS_WORK_STARTS has to be before ROUNDS_WORK_ENDS, on the same day; "
                "use times such as 08:00 and 18:00"
            )
        return self

    @property
    def rungs(self) -> tuple[int, int, int, int]:
        """The four rungs of the ladder of reminders, in working days without a response."""
        found = ascending(self.rounds_rungs)
        assert found is not None
        return found

    def case_link(self, ref: str) -> str | None:
        """The address of a case in the hospital's own record system; None where there is none."""
        if not self.rounds_case_url:
            return None
        return self.rounds_case_url.replace("{ref}", quote(ref, safe=""))

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.rounds_timezone)

    @cached_property
    def language(self) -> Language:
        """The site's language, read once."""
        return language_named(self.rounds_language)

    @property
    def admin_emails(self) -> frozenset[str]:
        """Lower-case email addresses of the first administrators."""
        return frozenset(part.strip().lower() for part in self.rounds_admins.split(",") if part.strip())


def knows_holidays(value: str) -> bool:
    """Whether public holidays are known of a country (DE), or of a country and region (GB-SCT)."""
    country, dash, region = value.partition("-")
    known = list_supported_countries()
    return country in known and (not dash or region in known[country])


def ascending(text: str) -> tuple[int, int, int, int] | None:
    """Four ascending numbers of days from 1, separated by commas; None where it is something else."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    first, second, third, fourth = (int(part) for part in parts)
    return (first, second, third, fourth) if 1 <= first < second < third < fourth else None
