"""`python -m cminbox`: the same as the command `cminbox`."""

import sys

from cminbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
