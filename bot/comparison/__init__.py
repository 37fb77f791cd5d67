"""Comparison among peers: pure statistics, numbers in and frozen dataclasses out."""
