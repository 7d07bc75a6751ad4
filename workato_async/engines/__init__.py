"""Distributed engines: the calls of a session, made by the workers of a cluster that share one quota."""
