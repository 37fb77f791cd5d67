"""Leaders' own first words, compared among leaders: privately, monthly, five others or more (N12)."""
