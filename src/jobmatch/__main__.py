"""``python -m jobmatch``: the command line."""

from jobmatch.adapters.cli import main

if __name__ == "__main__":
    main()
