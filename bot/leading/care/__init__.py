"""The care in a leader's week (L1): the unit's measures in one picture, and a sentence about them."""
