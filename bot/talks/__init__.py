"""Talks between colleagues: a coach who listens (L6), and a colleague who tells how they got there (L7)."""
