"""Leading by asking (L2) and by showing that one learns too (L3): what leaders put to their channel."""
