"""``workato-async demo``: a real job against a fake Workato, within every quota, shown as it runs."""
