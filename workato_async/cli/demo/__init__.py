"""``workato-async demo``: a real job against a fake Workato, inside every quota, for somebody to watch."""
