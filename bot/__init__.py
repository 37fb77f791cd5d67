"""What Rounds does. It knows no Bolt and talks to Slack through the courier alone."""
