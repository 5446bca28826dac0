"""A graph typeset as an author would: names by `spelling`, boxes by `layout`, graphs by `typesetter`, `equations`."""
