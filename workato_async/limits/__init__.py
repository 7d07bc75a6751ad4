"""Quotas, and the tokens that keep every call inside them. Knows endpoint keys, nothing of HTTP."""
