"""Nudges and leading: when leaders hear of what waits, and how they are helped to lead."""
