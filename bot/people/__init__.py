"""People and their Slack accounts."""
