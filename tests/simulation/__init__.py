"""A year of weekly digests over real and generated data; `make simulation` prints what came of it."""
