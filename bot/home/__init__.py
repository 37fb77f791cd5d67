"""Rounds at home: the App Home, the settings of the digest, help, and a welcome for who joins."""
