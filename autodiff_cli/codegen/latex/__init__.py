"""A graph typeset as an author would."""
