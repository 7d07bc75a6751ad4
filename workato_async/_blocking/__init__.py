"""The implementation of ``workato_async.blocking``: an event loop in a thread, and what hands calls over to it."""
