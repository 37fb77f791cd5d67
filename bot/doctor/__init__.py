"""`rounds doctor`: what keeps this installation from working as it should, and what to do about each."""

from bot.doctor.examine import examine
from bot.doctor.findings import Check, Finding

__all__ = ["Check", "Finding", "examine"]
