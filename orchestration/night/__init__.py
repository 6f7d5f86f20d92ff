"""One night: its lock and record, its steps, what it tells people when it has ended."""
