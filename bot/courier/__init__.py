"""The outbox: claim, pace, post, reconcile. The only place that talks to Slack to send."""
