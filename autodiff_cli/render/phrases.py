"""Pieces of text that several outputs have."""


def cut(text: str, longest: int) -> str:
    """The text, or where it is longer its beginning and dots.

    >>> cut("a + b + c", 5)
    'a + …'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def counted(number: int, what: str) -> str:
    """So many things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'s' * (number != 1)}"


def without_zeros(text: str) -> str:
    """A number without the zeros that say nothing.

    >>> without_zeros("1.50e+07"), without_zeros("2.00e+00")
    ('1.5e7', '2')
    """
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if int(exponent or 0) else mantissa
