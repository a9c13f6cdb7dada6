"""``python -m jobmatch.scripts.create_vector_indices``: another name of ``jobmatch index create``."""

import sys

from jobmatch.adapters.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["index", "create"]
    main()
