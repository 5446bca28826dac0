"""One file an output. No mathematics in here."""
