"""One call, from its arguments to its typed result: policy only, no bytes."""
