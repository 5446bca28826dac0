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
    double identity remainder mod divide div multiply mul subtract sub negative neg comb binomial
    asarray identity array identity tensor identity rint round fix trunc erf_inv erfinv
    logical_and and logical_or or logical_not not rem fmod ceiling ceil
    inversesqrt rsqrt powi pow""",
) | {name: Spelling("Python", {0: "where"}) for name in ("ifelse", "iif", "IIf")}
_MATHEMATICA = _named(
    "Mathematica",
    """Sin sin Cos cos Tan tan Cot cot Sec sec Csc csc Sinh sinh Cosh cosh Tanh tanh Coth coth Sech sech Csch csch
    ArcSin asin ArcCos acos ArcCot acot ArcSec asec ArcCsc acsc ArcSinh asinh ArcCosh acosh ArcTanh atanh ArcCoth acoth
    ArcSech asech ArcCsch acsch Exp exp Sqrt sqrt CubeRoot cbrt Abs abs Sign sign Floor floor Ceiling ceil Round round
    Gamma gamma LogGamma gammaln PolyGamma polygamma Erf erf Erfc erfc Max max Min min Power pow Mod mod If where
    Boole identity Clip clip Surd root Factorial factorial Binomial binomial Beta beta Zeta zeta BesselJ besselj
    BesselY bessely BesselI besseli BesselK besselk AiryAi airyai AiryBi airybi InverseErf erfinv Norm norm Mean mean
    RealAbs abs RealSign sign Log10 log10 Log2 log2 LogisticSigmoid sigmoid ProductLog lambertw SinIntegral si
    CosIntegral ci Plus add Times mul Divide div Subtract sub Minus neg HeavisideTheta heaviside
    And and Or or Not not Which which""",
) | {
    "Log": Spelling("Mathematica", {1: "log", 2: "log"}, swapped=True),
    "ArcTan": Spelling("Mathematica", {1: "atan", 2: "atan2"}, swapped=True),
}
_CAPITALS = _named(  # Excel's, Fortran's, Basic's
    "Excel",
    """SIN sin COS cos TAN tan COT cot SEC sec CSC csc SINH sinh COSH cosh TANH tanh COTH coth SECH sech CSCH csch
    ASIN asin ACOS acos ATAN atan ACOT acot ASINH asinh ACOSH acosh ATANH atanh ACOTH acoth EXP exp LN log LOG10 log10
    SQRT sqrt ABS abs POWER pow MAX max MIN min MOD mod INT floor TRUNC trunc ROUND round DEGREES degrees
    RADIANS radians GAMMA gamma GAMMALN gammaln ERF erf ERFC erfc IF where SUM add PRODUCT mul AND and OR or NOT not
    AVERAGE mean FACT factorial COMBIN binomial ATAN2 atan2 BESSELJ besselj IFS which""",
)
_DOUBLE = _named(
    "Fortran",
    """dsin sin dcos cos dtan tan dasin asin dacos acos datan atan datan2 atan2 dsinh sinh dcosh cosh dtanh tanh
    dexp exp dlog log dlog10 log10 dsqrt sqrt dabs abs dmax1 max dmin1 min amax1 max amin1 min dble identity""",
)
_FORTRAN = {name.upper(): spelling for name, spelling in _DOUBLE.items()}
_FORTRAN |= _named("Fortran", "ALOG log ALOG10 log10 MAX1 max REAL identity") | _DOUBLE
UPRIGHT = _named(  # of LaTeX: \operatorname{Si}(x)
    "SymPy", "Si si Ci ci Ei ei li li B beta re identity LambertW lambertw Heaviside heaviside"
)
_OTHERS = {
    "signum": Spelling("Java", {0: "sign"}),
    "roundToInt": Spelling("Kotlin", {0: "round"}),
    "SIGN": Spelling("Fortran", {1: "sign", 2: "copysign"}),
    "atan_2": Spelling("SymPy", {0: "atan2"}),
} | _named(
    "SymPy",
    """Heaviside heaviside LambertW lambertw Pow pow Add add Mul mul Integer identity Float identity Rational div
    Derivative diff""",
)
FUNCTIONS = _PYTHON | _OTHERS | _MATHEMATICA | _CAPITALS | _FORTRAN
_IN_EXCEL = {
    "LOG": Spelling("Excel", {1: "log10", 2: "log"}),
    "ATAN2": Spelling("Excel", {2: "atan2"}, swapped=True),
}
_DISAGREED = {  # without a sign of which language it is
    "LOG": "write ln(x) for Fortran's LOG, log10(x) for Excel's",
    "ATAN2": "write atan2(y, x) for Fortran's ATAN2(y, x), atan2(y, x) for Excel's ATAN2(x, y)",
    "MOD": "write fmod(a, b) for Fortran's MOD, which has the sign of a; mod(a, b) for Excel's, which has that of b",
    "INT": "write trunc(x) for Fortran's INT, floor(x) for Excel's",
    "remainder": "write mod(a, b) for NumPy's remainder, a - b*round(a/b) for C's and Python's",
    "alog": "write log(x) for Fortran's alog, a*log(x) for a product",
    "alog10": "write log10(x) for Fortran's alog10, a*log10(x) for a product",
    "Sqr": "write sqrt(x) for Basic's Sqr, x^2 for Pascal's",
}
_SAYS_WHICH = {"remainder": ("np.", "numpy.", "torch.", "jnp.")}  # in front of a name

CONSTANTS = {  # by their names here, or as numbers
    "M_PI": "pi",
    "M_E": "e",
    **dict.fromkeys(("True", "TRUE", "true"), "1"),
    **dict.fromkeys(("False", "FALSE", "false"), "0"),
    "oo": "inf",
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

_SIGNS = {  # of Fortran
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    **dict.fromkeys(("eq", "eqv"), "=="),
    **dict.fromkeys(("ne", "neqv"), "!="),
    "and": " and ",
    "or": " or ",
    "not": " not ",
    "true": "1",
    "false": "0",
}
_LIBRARIES = r"""torch\.nn\.functional torch\.special torch jax\.numpy jax\.nn jnp scipy\.special sc special numpy np
    cmath math Math mpmath mp sympy sp tf\.math tf\.nn tf nn\.functional F cupy cp casadi ca autograd\.numpy anp"""
_PREFIX = "|".join(_LIBRARIES.split())
_SPELLED = rf"""(?<![\w.])(?:
      (?P<constant>Math\.(?:E|SQRT2|SQRT1_2|LN2|LN10|LOG2E|LOG10E)|(?:{_PREFIX})\.(?:e|pi|PI))(?!\w|\s*+\()
    | (?P<prefix>(?:{_PREFIX})\.(?=[a-zA-Z])|(?:std::)?+(?:f32::|f64::)(?:consts::)?+|std::(?:numbers::)?+)
    | (?P<cast>\((?:double|float)\))
    | (?P<truncation>\((?:int|long|unsigned)\)(?=\s*+[\w(]))
    | (?P<based>0(?:[xX][0-9a-fA-F]++|[bB][01]++|[oO][0-7]++)(?!\w))
    | (?P<ten>(?P<factor>[0-9]++(?:\.[0-9]*+)?+)(?:[xX]10(?:\^|\*\*)|\*\^)(?P<open>[{{(])?+(?P<power>[+-]?+[0-9]++)
      (?(open)[}})]))
    | (?P<uncertain>[0-9]++\.[0-9]++\([0-9]++\))
    | (?P<fortran>(?P<digits>[0-9]++\.?+[0-9]*+|\.[0-9]++)[dD](?P<exponent>[+-]?+[0-9]++)(?![\w.(]))
    | (?P<single>(?:(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+|[0-9]++[eE][+-]?+[0-9]++)[fF](?![\w(]))
    | (?P<kind>(?P<number>(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+)_(?:dp|sp|wp|real64|f64|f32)(?!\w))
    | (?P<symbol>Symbol\(\s*+['"](?P<symbolic>\w++)['"][^()]*+\))
    ) | \.(?P<sign>(?i:{"|".join(_SIGNS)}))\. | (?<=[^\W\d])(?P<each>\.)(?=\() | (?P<every>@\.)
    | (?P<division>(?:\A|[-+(,?:<>=&|])\s*+(?P<above>[0-9]{{1,15}}+)\s*+/\s*+(?P<below>[0-9]{{1,15}}+)(?![\w.]))"""
_BEGINNING = r"""(?P<before>\A|[;\n])(?P<blank>[ \t]*+)(?:
      (?P<keyword>return\b|(?:const|let|var|val|auto|double|float|real)[ \t]++(?=[^\W\d]\w*+\s*+=(?!=)))
    | (?P<arrow>[^\W\d]\w*+[ \t]*+<-(?=[ \t]))
    )"""
_COMMENTS = (("/*", "*/", r"/\*(?:[^*]|\*(?!/))*+\*/"), ("(*", "*)", r"\(\*(?:[^*]|\*(?!\)))*+\*\)"))
_CELL = r"\$?\b([a-zA-Z]{1,3})\$?([0-9]++)(?![\w(])"
_MAY_BE = re.compile(
    r"[a-zA-Z]\.[a-zA-Z(]|::|[0-9.][xXdDfF]|0[bBoO]|[0-9]\([0-9]|\((?:double|float|int|long|unsigned)\)|[0-9]_|\*\^|@\."
    r"|Symbol\(|\.[a-zA-Z]++\."
)
_MAY_BEGIN = re.compile(r"<-[ \t]|\b(?:return|const|let|var|val|auto|double|float|real)\b")
_IN_C = (  # or in Fortran: whole numbers are divided as such
    r"(?<![\w.])(?:[0-9]++\.[0-9]*+|\.[0-9]++)[fF]\b|\((?:double|float)\)|std::|\bM_(?:PI|E|LN|LOG|SQRT)"
    r"|(?<![\w.])[0-9]++\.?+[0-9]*+[dD][+-]?+[0-9]|\bd(?:exp|sqrt|log|sin|cos)\("
    r"|(?<!\.)\b(?:fabs|f(?:max|min)f?|(?:sin|cos|tan|exp|log|sqrt|pow|fabs)f)\("
)


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
    may_be = _MAY_BE.search(text) is not None
    is_code = "/" in text and compiled(_IN_C).search(text) is not None
    if not may_be and not is_code:
        return text

    alone = {letter for letter in "fF" if compiled(rf"(?<![\w.]){letter}(?!\w)").search(text)}

    def rewritten(match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        if (kind == "division" and not is_code) or (kind == "single" and match[0][-1] in alone):
            return match[0]
        found = _REWRITTEN[kind](match, known, note)
        return match[0] if found is None else found.ljust(len(match[0]))

    return compiled(_SPELLED, re.VERBOSE).sub(rewritten, text)


def begun(text: str, known: Collection[str], note: Callable[[str], None]) -> str:
    """The text without comments of other languages and the words that their statements begin with; as long as it was.

    Raises RefusedError for a sign that is read in two ways: y <- 2.

    >>> begun("const y = 2; /* twice */ return y", [], lambda _: None)
    '      y = 2;                    y'
    """
    text = _uncommented(text, note)
    if not _MAY_BEGIN.search(text):
        return text

    def rewritten(match: re.Match[str]) -> str:
        found = _REWRITTEN[str(match.lastgroup)](match, known, note)
        return match[0] if found is None else found.ljust(len(match[0]))

    return compiled(_BEGINNING, re.VERBOSE).sub(rewritten, text)


def _uncommented(text: str, note: Callable[[str], None]) -> str:
    """The text with blanks for the comments of C and of Mathematica: /* a */, (* b *)"""
    for begins, ends, pattern in _COMMENTS:
        end = text.rfind(ends) + 2 if begins in text else 1
        if end > 1:
            commented = compiled(pattern).sub(lambda comment: " " * len(comment[0]), text[:end])
            if commented != text[:end]:
                note(f"what is between {begins} and {ends} is read over")
            text = commented + text[end:]
    return text


def plain_excel(text: str, known: Collection[str]) -> str:
    """An Excel formula without the = in front and the $ in its cells, as long as it was.

    Where ; parts arguments, a comma is that of a decimal number.

    >>> plain_excel("=$A$1^2 + b2", [])
    ' A1  ^2 + B2'
    >>> plain_excel("=MAX(1,5; b2)", ["b2"])
    ' MAX(1.5; b2)'
    """
    start = text.index("=")
    text = text[:start] + " " + text[start + 1 :]
    if ";" in text:
        text = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", text)

    def cell(match: re.Match[str]) -> str:
        name = match[1] + match[2]
        return (name if name in known else name.upper()).ljust(len(match[0]))

    return re.sub(_CELL, cell, text)


_READ_OVER = "'{}' is read over: the functions are those of this language"


def _constant(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    library, _, name = match[0].rpartition(".")
    name = name.upper()
    if name == "PI":
        note(_READ_OVER.format(library + "."))
    else:
        note(f"'{match[0]}' is read as the number e" if name == "E" else f"'{match[0]}' is read as a number")
    return ("M_" + name).rjust(len(match[0]))


def _prefix(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(_READ_OVER.format(match[0]))
    return ""


def _cast(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read over: every number is a float here")
    return ""


def _based(match: re.Match[str], known: Collection[str], _note: Callable[[str], None]) -> None:
    name = match[0][1:]
    if name in known or name.lower() in known:
        return
    base = {"x": 16, "b": 2, "o": 8}[name[0].lower()]
    number = int(match[0], 0) if len(match[0]) < 1000 else "it to base 10"
    hint = f"write {number} for the number, 0*{name[0]}*{name[1:]} for a product"
    raise RefusedError(f"{match[0]} is a number to base {base} in code, and a product in algebra", match.span(), hint)


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


def _truncation(match: re.Match[str], _known: Collection[str], _note: Callable[[str], None]) -> None:
    hint = "write trunc(x), or leave it out"
    raise RefusedError(f"{match[0]} cuts a number's fraction off in C", match.span(), hint)


def _kind(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read as the number {match['number']}")
    return str(match["number"])


def _symbol(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read as SymPy's name of {match['symbolic']}")
    return str(match["symbolic"])


def _sign(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note(f"'{match[0]}' is read as Fortran's sign {_SIGNS[match['sign'].lower()].strip()}")
    return _SIGNS[match["sign"].lower()].center(len(match[0]))


def _each(match: re.Match[str], _known: Collection[str], note: Callable[[str], None]) -> str:
    note("Julia's dot behind a function is read over")
    return ""


def _division(match: re.Match[str], _known: Collection[str], _note: Callable[[str], None]) -> None:
    above, below = int(match["above"]), int(match["below"])
    if below and above % below:
        hint = f"write {above}.0/{below} for the fraction, {above // below} for what C and Fortran make of it"
        span = match.start("above"), match.end("below")
        raise RefusedError(f"{above}/{below} is {above // below} in C and Fortran", span, hint)


def _keyword(match: re.Match[str], known: Collection[str], note: Callable[[str], None]) -> str | None:
    word = match["keyword"].strip()
    if word in known:
        return None
    note(f"'{word}' is read over")
    return str(match["before"])


def _arrow(match: re.Match[str], _known: Collection[str], _note: Callable[[str], None]) -> None:
    name = match["arrow"].rstrip("<- \t")
    hint = f"write {name} = ... for R's assignment, {name} < -... for a comparison"
    raise RefusedError("<- is read in two ways", (match.end() - 2, match.end()), hint)


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
    if match[0][-1] in known:
        return None
    note(f"'{match[0]}' is read as C's number {match[0][:-1]}")
    return match[0][:-1]


_Rewritten = Callable[[re.Match[str], Collection[str], Callable[[str], None]], str | None]
_REWRITTEN: dict[str, _Rewritten] = {
    "constant": _constant,
    "prefix": _prefix,
    "cast": _cast,
    "based": _based,
    "ten": _ten,
    "uncertain": _uncertain,
    "fortran": _fortran,
    "single": _single,
    "truncation": _truncation,
    "kind": _kind,
    "symbol": _symbol,
    "sign": _sign,
    "each": _each,
    "every": _each,
    "division": _division,
    "keyword": _keyword,
    "arrow": _arrow,
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


def disagreed(word: str, in_excel: bool, before: str = "") -> str:
    """What to write for a name that means two things elsewhere; "" for any other, or where what is `before` says it.

    >>> disagreed("remainder", in_excel=False, before="2 + np.")
    ''
    """
    says = before.endswith(_SAYS_WHICH.get(word, ()))
    return "" if in_excel or says else _DISAGREED.get(word, "")


def euler(text: str) -> tuple[int, int] | None:
    """Where a text has Mathematica's E first, which it has if it calls a function as Mathematica does: Sin[E]."""
    text = text.partition("#")[0]
    if "[" not in text or not (found := compiled(r"\bE\b").search(text)):
        return None
    words = compiled(r"([A-Z][a-zA-Z0-9]*+)\[").findall(text)
    return found.span() if any(word in _MATHEMATICA or word == "Piecewise" for word in words) else None


class Foreign(NamedTuple):
    """What of another language cannot be read: where it stands, and what to write."""

    span: tuple[int, int]
    hint: str


def refused(source: str, start: int) -> Foreign | None:
    """What begins with a sign that stands for nothing here: a method, cells from A1 to A3, 10%.

    >>> refused("x.sin() + 1", 1)
    Foreign(span=(1, 5), hint='write sin(x)')
    >>> refused("10% of", 2)
    Foreign(span=(2, 3), hint='write 0.1 for 10%')
    """
    look = _LOOKED_AT.get(source[start])
    return look(source, start) if look else None


_NEAR = 80  # characters before a sign that are looked at


_ELSEWHERE = {  # what is behind the first point of a longer name
    r"\.stats\.norm\.cdf|\.S\.DIST": "write normcdf(x)",
    r"\.stats\.norm\.sf": "write normcdf(-x)",
    r"\.stats\.norm\.pdf": "write normpdf(x)",
    r"\.stats\.norm\.ppf|\.S\.INV": "write norminv(x)",
    r"(?<=linalg)\.norm": "write norm(x, y)",
}


def _after_point(source: str, start: int) -> Foreign | None:
    """x.sin(), x.pow(2), x.data, scipy.stats.norm.cdf(x)"""
    before = source[max(0, start - _NEAR) : start]
    for names, hint in _ELSEWHERE.items():
        if known := compiled(rf"(?:{names})\b").match(source, start):
            return Foreign(known.span(), hint)
    method = compiled(r"\.([a-zA-Z_]\w*+)(?:\s*+\(([^()]*+)\))?").match(source, start)
    owner = compiled(r"(?:\w+|\([^()]*\))\Z").search(before)
    if not method or not owner:
        return None
    is_part = method[2] is None and not find(method[1])
    hint = (
        _instead_of_part(owner[0], method[1]) if is_part else _instead_of_method(owner[0], method[1], method[2] or "")
    )
    return Foreign((start, method.end(1)), hint)


def _instead_of_part(owner: str, name: str) -> str:
    """What to write for x.rate."""
    return (
        f"write {owner}_{name}: a name holds no point"
        if owner.isidentifier()
        else f"remove .{name}: a value has no parts"
    )


def _instead_of_method(owner: str, name: str, arguments: str) -> str:
    """What to write for x.sin() and x.pow(2)."""
    other = FUNCTIONS.get(name)
    name = next(iter(other.names.values())) if other and not find(name) else name
    inside, given = _bare(owner), arguments.strip()
    count = given.count(",") + 1 if given else 0
    function = find(name, count + 1)
    if function and function.symbol and count:
        return f"write {owner} {function.symbol} {given}"
    if function and not function.symbol:
        return f"write {name}({', '.join(filter(None, [inside, given]))})"
    if count and find(name, count):
        return f"write {name}({given}) without {owner}."
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


def _after_at(source: str, start: int) -> Foreign | None:
    """MATLAB's @(x) x^2"""
    head = compiled(r"@\s*+\([\w\s,]*+\)").match(source, start)
    return Foreign(head.span(), f"write the formula alone, without {head[0]}") if head else None


_LOOKED_AT: dict[str, Callable[[str, int], Foreign | None]] = {
    "@": _after_at,
    ".": _after_point,
    ":": _after_colon,
    "%": _after_percent,
}
