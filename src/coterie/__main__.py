"""`python -m coterie` is the `coterie` command."""

import sys

from coterie._cli import main

if __name__ == "__main__":
    sys.exit(main())
