"""From files to storage: people, units, measures and observations, all or nothing."""
