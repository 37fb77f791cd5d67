"""Names within a peer group: only among those who agreed, both ways, and withdrawn at once (D2)."""
