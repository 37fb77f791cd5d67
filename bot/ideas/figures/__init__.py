"""How ideas are doing: rates and times, the month's message, its chart, the sheet for the wall."""
