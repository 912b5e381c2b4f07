"""`python -m bridge` is `stepbridge`."""

import sys

from bridge.cli import main

sys.exit(main())
