"""How results are shown: one file an output, no mathematics."""
