"""``python -m workato_async``: the command line, for an environment whose scripts are not on the path."""

from workato_async.cli import main

if __name__ == "__main__":
    main()
