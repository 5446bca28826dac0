"""Whether two formulas are the same function, for certain: exact arithmetic over the functions that occur in them."""
