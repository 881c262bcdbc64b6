"""Loaded before all plugins: what makes every test process start sooner.

nbval reads notebooks with nbformat, whose schema checker builds a grammar of web addresses
when it is imported: three seconds in each process, and no notebook asks for it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # "not installed", as far as imports go
