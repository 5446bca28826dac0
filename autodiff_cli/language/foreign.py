"""What other languages call what this one has: names, constants, prefixes, numbers. Data, and what looks it up.

A spelling that would be read otherwise here is read as the language it comes from has it, and noted; where two
languages disagree on it, it is refused, with what to write for each.
"""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from autodiff_cli.language.patterns import compiled
from autodiff_cli.rules.table import find


class Spelling(NamedTuple):
    """A function elsewhere: whose it is, its name here by the number of its arguments (0: of any), and their order."""

    language: str
    names: dict[int, str]
    swapped: bool = False  # whether two arguments come the other way around


def _named(language: str, names: str) -> dict[str, Spelling]:
    """The spellings in "Sin sin Ceiling ceil".

    >>> _named("C", "rint round")
    {'rint': Spelling(language='C', names={0: 'round'}, swapped=False)}
    """
    words = names.split()
    return {there: Spelling(language, {0: here}) for there, here in zip(words[::2], words[1::2], strict=True)}


_PYTHON = _named(
    "NumPy",
    """maximum max minimum min power pow float_power pow absolute abs float identity float32 identity float64 identity
    double identity remainder mod divide div multiply mul subtract sub negative neg loggamma gammaln comb binomial
    fma fma asarray identity array identity tensor identity elu elu sgn sign rint round fix trunc erf_inv erfinv""",
) | {name: Spelling("Python", {0: "where"}) for name in ("if", "ifelse", "iif", "IIf")}
_MATHEMATICA = _named(
    "Mathematica",
    """Sin sin Cos cos Tan tan Cot cot Sec sec Csc csc Sinh sinh Cosh cosh Tanh tanh Coth coth Sech sech Csch csch
    ArcSin asin ArcCos acos ArcCot acot ArcSec asec ArcCsc acsc ArcSinh asinh ArcCosh acosh ArcTanh atanh ArcCoth acoth
    ArcSech asech ArcCsch acsch Exp exp Sqrt sqrt CubeRoot cbrt Abs abs Sign sign Floor floor Ceiling ceil Round round
    Gamma gamma LogGamma gammaln PolyGamma polygamma Erf erf Erfc erfc Max max Min min Power pow Mod mod If where
    Boole identity Clip clip Surd root Factorial factorial Binomial binomial Beta beta Zeta zeta BesselJ besselj
    BesselY bessely BesselI besseli BesselK besselk AiryAi airyai AiryBi airybi InverseErf erfinv Norm norm Mean mean
    RealAbs abs RealSign sign Log10 log10 Log2 log2 LogisticSigmoid sigmoid ProductLog lambertw SinIntegral si
    CosIntegral ci Plus add Times mul Divide div Subtract sub Minus neg HeavisideTheta heaviside""",
) | {
    "Log": Spelling("Mathematica", {1: "log", 2: "log"}, swapped=True),
    "ArcTan": Spelling("Mathematica", {1: "atan", 2: "atan2"}, swapped=True),
}
_CAPITALS = _named(  # Excel's, Fortran's, Basic's
    "Excel",
    """SIN sin COS cos TAN tan COT cot SEC sec CSC csc SINH sinh COSH cosh TANH tanh COTH coth SECH sech CSCH csch
    ASIN asin ACOS acos ATAN atan ACOT acot ASINH asinh ACOSH acosh ATANH atanh ACOTH acoth EXP exp LN log LOG10 log10
    SQRT sqrt ABS abs SIGN sign POWER pow MAX max MIN min MOD mod INT floor TRUNC trunc ROUND round DEGREES degrees
    RADIANS radians GAMMA gamma GAMMALN gammaln ERF erf ERFC erfc IF where SUM add PRODUCT mul AND and OR or NOT not
    AVERAGE mean FACT factorial COMBIN binomial ATAN2 atan2 BESSELJ besselj""",
)
_FORTRAN = _named(
    "Fortran",
    """DSIN sin DCOS cos DTAN tan DASIN asin DACOS acos DATAN atan DATAN2 atan2 DSINH sinh DCOSH cosh DTANH tanh
    DEXP exp DLOG log ALOG log DLOG10 log10 ALOG10 log10 DSQRT sqrt DABS abs DMAX1 max DMIN1 min AMAX1 max
    AMIN1 min MAX1 max
    DBLE identity REAL identity""",
)
UPRIGHT = _named(  # of LaTeX: \operatorname{Si}(x)
    "SymPy", "Si si Ci ci Ei ei li li B beta re identity LambertW lambertw Heaviside heaviside"
)
_OTHERS = {
    "signum": Spelling("Java", {0: "sign"}),
    "roundToInt": Spelling("Kotlin", {0: "round"}),
    "atan_2": Spelling("SymPy", {0: "atan2"}),
}
FUNCTIONS = _PYTHON | _OTHERS | _MATHEMATICA | _CAPITALS | _FORTRAN
_IN_EXCEL = {
    "LOG": Spelling("Excel", {1: "log10", 2: "log"}),
    "ATAN2": Spelling("Excel", {2: "atan2"}, swapped=True),
}
_DISAGREED = {  # without a sign of which language it is
    "LOG": "write ln(x) for Fortran's LOG, log10(x) for Excel's",
    "ATAN2": "write atan2(y, x) for Fortran's ATAN2(y, x), atan2(y, x) for Excel's ATAN2(x, y)",
}

CONSTANTS = {  # by their names here, or as numbers
    "M_PI": "pi",
    "M_E": "e",
    "INFINITY": "inf",
    "HUGE_VAL": "inf",
    "Infinity": "inf",
    "M_PI_2": "1.5707963267948966",
    "M_PI_4": "0.7853981633974483",
    "M_1_PI": "0.3183098861837907",
    "M_2_PI": "0.6366197723675814",
    "M_SQRT2": "1.4142135623730951",
    "M_SQRT1_2": "0.7071067811865476",
    "M_LN2": "0.6931471805599453",
    "M_LN10": "2.302585092994046",
    "M_LOG2E": "1.4426950408889634",
    "M_LOG10E": "0.4342944819032518",
}

_LIBRARIES = r"""torch\.nn\.functional torch\.special torch jax\.numpy jax\.nn jnp scipy\.special sc special numpy np
    cmath math Math mpmath mp sympy sp tf\.math tf\.nn tf nn\.functional F cupy cp casadi ca autograd\.numpy anp"""
_PREFIX = "|".join(_LIBRARIES.split())
_SPELLED = rf"""(?<![\w.])(?:
      (?P<constant>Math\.(?:E|SQRT2|SQRT1_2|LN2|LN10|LOG2E|LOG10E)|(?:math|np|numpy|cmath)\.e)(?!\w)
    | (?P<prefix>(?:{_PREFIX})\.(?=[a-zA-Z])|std::(?:numbers::)?)
    | (?P<cast>\((?:double|float)\))
    | (?P<hexadecimal>0[xX][0-9a-fA-F]++(?!\w))
    | (?P<ten>(?P<factor>[0-9]++(?:\.[0-9]*+)?+)[xX]10(?:\^|\*\*)(?P<open>[{{(])?+(?P<power>[+-]?+[0-9]++)
      (?(open)[}})]))
    | (?P<uncertain>[0-9]++\.[0-9]++\([0-9]++\))
    | (?P<fortran>(?P<digits>[0-9]++\.?+[0-9]*+|\.[0-9]++)[dD](?P<exponent>[+-]?+[0-9]++)(?![\w.(]))
    | (?P<single>(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+[fF](?![\w(]))
    )"""
_CELL = r"\$?\b([a-zA-Z]{1,3})\$?([0-9]++)(?![\w(])"
_MAY_BE = re.compile(r"[a-zA-Z]\.[a-zA-Z]|::|[0-9.][xXdDfF]|[0-9]\([0-9]|\((?:double|float)\)")


class RefusedError(Exception):
    """A spelling of two meanings: what to say, where, and what to write."""

    def __init__(self, message: str, span: tuple[int, int], hint: str) -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, span, hint


def plain(text: str, known: Collection[str], note: Callable[[str], None]) -> str:
    """The text without other languages' prefixes, and with numbers as they are written here; as long as it was.

    Raises RefusedError for a number that is read in two ways.

    >>> plain("np.exp(x) + 1.5d3", ["x"], print)
    'np.' is read over: the functions are those of this language
    '1.5d3' is read as Fortran's number 1.5e3
    '   exp(x) + 1.5e3'
    """
    if not _MAY_BE.search(text):
        return text

    def rewritten(match: re.Match[str]) -> str:
        found = _REWRITTEN[str(match.lastgroup)](match, known, note)
        return match[0] if found is None else found.ljust(len(match[0]))

    return compiled(_SPELLED, re.VERBOSE).sub(rewritten, text)


def plain_excel(text: str) -> str:
    """An Excel formula without the = in front and the $ in its cells, as long as it was.

    >>> plain_excel("=$A$1^2 + B2")
    ' A1  ^2 + B2'
    """
    start = text.index("=")
    text = text[:start] + " " + text[start + 1 :]
    return re.sub(_CELL, lambda cell: f"{cell[1]}{cell[2]}".ljust(len(cell[0])), text)


def _constant(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    name = match[0].rpartition(".")[2].upper()
    note(f"'{match[0]}' is read as the number e" if name == "E" else f"'{match[0]}' is read as a number")
    return ("M_" + name).rjust(len(match[0]))


def _prefix(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read over: the functions are those of this language")
    return ""


def _cast(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read over: every number is a float here")
    return ""


def _hexadecimal(match: re.Match[str], known: Collection[str], _note: Callable[[str], None]) -> None:
    digits = match[0][2:]
    if f"x{digits}" in known:
        return
    hint = f"write {int(digits, 16)} for the number, 0*x*{digits} for a product"
    raise RefusedError(f"{match[0]} is a number to base 16 in code, and a product in algebra", match.span(), hint)


def _ten(match: re.Match[str], known: Collection[str], note: Callable[[str], None]) -> str | None:
    if {"x10", "X10"} & {*known}:
        return None
    number = f"{match['factor']}e{match['power']}"
    note(f"'{match[0]}' is read as the number {number}")
    return number


def _uncertain(match: re.Match[str], _known: Collection[str], _note: Callable[[str], None]) -> None:
    number, digits = match[0][:-1].split("(")
    hint = f"write {number}*{digits} for a product; a number with an uncertainty is the value of a name: x='{match[0]}'"
    raise RefusedError(f"{match[0]} is read in two ways", match.span(), hint)


def _fortran(match: re.Match[str], known: Collection[str], note: Callable[[str], None]) -> str | None:
    letter, power = match[0][len(match["digits"])], match["exponent"]
    is_signed = not power.isdigit()
    if letter in known or letter + power in known:
        return None
    if not known and is_signed:  # 2.5d-3 may be 2.5*d - 3
        if "." not in match[0]:
            return None
        hint = f"write {match['digits']}e{power} for Fortran's number, {match['digits']}*{letter} {power} for a product"
        raise RefusedError(f"{match[0]} is read in two ways", match.span(), hint)
    number = f"{match['digits']}e{power}"
    note(f"'{match[0]}' is read as Fortran's number {number}")
    return number


def _single(match: re.Match[str], known: Collection[str], note: Callable[[str], None]) -> str | None:
    letter = match[0][-1]
    if letter in known or compiled(rf"(?<![\w.]){letter}(?!\w)").search(match.string):
        return None
    note(f"'{match[0]}' is read as C's number {match[0][:-1]}")
    return match[0][:-1]


_Rewritten = Callable[[re.Match[str], Collection[str], Callable[[str], None]], str | None]
_REWRITTEN: dict[str, _Rewritten] = {
    "constant": _constant,
    "prefix": _prefix,
    "cast": _cast,
    "hexadecimal": _hexadecimal,
    "ten": _ten,
    "uncertain": _uncertain,
    "fortran": _fortran,
    "single": _single,
}


def spelling(word: str, in_excel: bool, upright: bool = False) -> Spelling | None:
    """The function that a word is elsewhere, if it is one and there is such a function here.

    >>> spelling("powf", in_excel=False)
    Spelling(language='C', names={0: 'pow'}, swapped=False)
    >>> spelling("LOG", in_excel=True)
    Spelling(language='Excel', names={1: 'log10', 2: 'log'}, swapped=False)
    """
    if in_excel:
        capital = word.upper()
        return _IN_EXCEL.get(capital) or FUNCTIONS.get(capital)
    if upright and word in UPRIGHT:
        return UPRIGHT[word]
    if word in FUNCTIONS:
        return FUNCTIONS[word]
    is_single = len(word) > 2 and word[-1] in "fl" and any(find(word[:-1], count) for count in (1, 2, 3))
    return Spelling("C", {0: word[:-1]}) if is_single else None


def disagreed(word: str, in_excel: bool) -> str:
    """What to write for a name that means two things elsewhere; "" for any other."""
    return "" if in_excel else _DISAGREED.get(word, "")


class Foreign(NamedTuple):
    """What of another language cannot be read: where it stands, and what to write."""

    span: tuple[int, int]
    hint: str


def refused(source: str, start: int) -> Foreign | None:
    """What begins with a sign that stands for nothing here: a method, Fortran's .and., cells from A1 to A3, 10%.

    >>> refused("x.sin() + 1", 1)
    Foreign(span=(1, 5), hint='write sin(x)')
    >>> refused("x .and. y", 2), refused("10% of", 2)
    (Foreign(span=(2, 7), hint='write and'), Foreign(span=(2, 3), hint='write 0.1 for 10%'))
    """
    look = _LOOKED_AT.get(source[start])
    return look(source, start) if look else None


_FORTRAN_SIGNS = {
    **{word: f"write {word}" for word in ("and", "or", "not")},
    **dict.fromkeys(("eq", "eqv"), "write =="),
    **dict.fromkeys(("ne", "neqv"), "write !="),
    "lt": "write <",
    "le": "write <=",
    "gt": "write >",
    "ge": "write >=",
    "true": "write 1",
    "false": "write 0",
}
_FORTRAN_SIGN = rf"\.({'|'.join(_FORTRAN_SIGNS)})\."
_NEAR = 80  # characters before a sign that are looked at


def _after_point(source: str, start: int) -> Foreign | None:
    """Fortran's .and.; x.sin(), x.pow(2), x.data; f.(x)."""
    before = source[max(0, start - _NEAR) : start]
    sign = compiled(_FORTRAN_SIGN, re.IGNORECASE).match(source, start)
    number = compiled(rf"[0-9](?={_FORTRAN_SIGN}\Z)", re.IGNORECASE).search(before + ".")  # the point was of a number
    if sign or number:
        word = sign[1] if sign else number[1]  # type: ignore[index]
        begin = start if sign else start - len(word) - 1
        return Foreign((begin, begin + len(word) + 2), _FORTRAN_SIGNS[word.lower()])
    if compiled(r"\.\(").match(source, start):
        return Foreign((start, start + 1), "write f(x) without the point; a function is of one number here")
    method = compiled(r"\.([a-zA-Z_]\w*+)(?:\s*+\(([^()]*+)\))?").match(source, start)
    owner = compiled(r"(?:\w+|\([^()]*\))\Z").search(before)
    if not method or not owner:
        return None
    return Foreign((start, method.end(1)), _instead_of_method(owner[0], method[1], method[2]))


def _instead_of_method(owner: str, name: str, arguments: str | None) -> str:
    """What to write for x.sin(), x.pow(2) and x.rate."""
    if arguments is None and not find(name):
        is_name = owner.isidentifier()
        return f"write {owner}_{name}: a name holds no point" if is_name else f"remove .{name}: a value has no parts"
    arguments = arguments or ""
    other = FUNCTIONS.get(name)
    name = next(iter(other.names.values())) if other and not find(name) else name
    inside = owner[1:-1] if owner[0] == "(" else owner
    count = arguments.count(",") + 1 if arguments.strip() else 0
    function = find(name, count + 1)
    if function and function.symbol and count:
        return f"write {owner} {function.symbol} {arguments.strip()}"
    if function and not function.symbol:
        return f"write {name}({', '.join([inside, *[arguments.strip()] * bool(count)])})"
    if count and find(name, count):
        return f"write {name}({arguments.strip()}) without {owner}."
    return f"remove .{name}(): a value has no methods; a function goes around it, as in sin({inside})"


def _after_colon(source: str, start: int) -> Foreign | None:
    """The cells of A1:A3; a lambda."""
    before = source[max(0, start - _NEAR) : start]
    first = compiled(r"(?<![\w$])\$?([a-zA-Z]{1,3})\$?([0-9]{1,7})\s*\Z").search(before)
    last = compiled(r":\s*+\$?([a-zA-Z]{1,3})\$?([0-9]{1,7})(?!\w)").match(source, start)
    if first and last:
        begin = start - len(before) + first.start()
        return Foreign((begin, last.end()), f"write its cells one by one: {_cells(first, last)}")
    if compiled(r"\blambda\b[\w\s,]*\Z").search(before):
        return Foreign((start, start + 1), "write the formula alone, without lambda")
    return None


def _cells(first: re.Match[str], last: re.Match[str]) -> str:
    """The cells from one to another, as far as they are few and in one column."""
    (column, top), (other, bottom) = first.groups(), last.groups()
    rows = range(int(top), int(bottom) + 1)
    if column != other or not 1 < len(rows) < 5:
        return f"{column}{top}, ..., {other}{bottom}, with commas, or + for their sum"
    cells = [f"{column}{row}" for row in rows]
    return f"{', '.join(cells)}, or {' + '.join(cells)} for their sum"


def _after_percent(source: str, start: int) -> Foreign | None:
    """10%, x%, and the remainder a % b."""
    before = source[max(0, start - _NEAR) : start]
    operand = compiled(r"((?:[0-9]+\.?[0-9]*|\.[0-9]+)|\w+|\([^()]*\))\s*\Z").search(before)
    other = compiled(r"%\s*+(?:(\w++(?:\.[0-9]++)?+|\([^()]*+\))|[-+]\s*+[\w.])").match(source, start)
    if not operand:
        return None
    shown = operand[1]
    is_number = shown.replace(".", "").isdecimal()
    percent = f"{float(shown) / 100:.12g}" if is_number else f"{shown}/100"
    if other and other[1] and other[1] != "of":
        remainder = f"write mod({_bare(shown)}, {_bare(other[1])}) for a remainder"
        return Foreign((start, start + 1), f"{remainder}, {percent} for percent")
    return Foreign((start, start + 1), f"write {percent} for {shown}%")


def _bare(operand: str) -> str:
    return operand[1:-1] if operand.startswith("(") else operand


_LOOKED_AT: dict[str, Callable[[str, int], Foreign | None]] = {
    ".": _after_point,
    ":": _after_colon,
    "%": _after_percent,
}
