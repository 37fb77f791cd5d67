"""The demo: seeded, generated data and a workspace to look at it in."""
