"""Improvement ideas: from `/idea` to "yes, it is in place"."""
