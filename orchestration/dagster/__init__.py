"""The room of Dagster: assets, checks and the job; nothing else imports it."""
