"""The commands: each module declares the options of its commands and prints what they return."""
