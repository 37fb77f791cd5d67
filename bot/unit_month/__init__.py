"""The month's summary of a unit's care for everybody who works there, in the unit's channel."""
