"""Every way in: Slack, the schedule, HTTP and the command line. No rule of the domain lives here."""
