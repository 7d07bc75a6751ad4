"""Quotas, and the permits that keep every call inside them. Knows endpoint keys, nothing of HTTP."""
