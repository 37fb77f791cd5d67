"""The weekly digest: which message, its words, its picture, and who is due."""
