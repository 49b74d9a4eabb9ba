"""The commands of `main.py` beside serve, a file for each: they print, and answer with an exit status."""
