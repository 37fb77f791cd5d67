"""What Rounds says, in the site's language: its sentences from one catalogue, its numbers and dates.

Message ids are the British sentences. A `Language` is made once from the settings and handed in.
"""
