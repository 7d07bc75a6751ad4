"""Quotas, and the permits that keep every call inside them. It knows endpoint keys, but nothing about HTTP."""
