"""What clinicians answer to a figure (D18), and what they set aside of it (D19)."""
