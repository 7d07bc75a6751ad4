"""One call of every endpoint, a module for each room; read by ``tests.contract.test_calls``."""
