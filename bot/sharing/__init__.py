"""A digest that its subject shows to the leaders of their unit: previewed, for a time, withdrawable (D4)."""
