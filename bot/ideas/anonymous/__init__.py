"""Ideas without a name: sealed ways back, and the batch in which they appear."""
