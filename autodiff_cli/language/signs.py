"""What each sign of the language means, and what to say of those that mean nothing here. Pure data."""

from unicodedata import normalize

_LETTERS = dict(zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdefghijklmnoprstuvwxyz", strict=True))
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "0123456789+-()", strict=True)) | _LETTERS
FRACTIONS = "½⅓⅔¼¾⅕⅛"
RESERVED = ("and", "or", "not")

# Signs that are read as others, each one character for one; full-width forms too
_SAME = {"-": "−–‐‑", "*": "·×⋅∙∗•", "/": "÷∕⁄", "|": "∣", "°": "˚º", "μ": "µ"}
READ_AS = {ord(other): sign for sign, others in _SAME.items() for other in others}
READ_AS |= {ord(sign) + 0xFEE0: sign for sign in "()+-*/=<>,;!^|0123456789[]{}."}

# What the grammar calls a sign, and the function of the table behind it
SIGNS = {
    "+": ("PLUS", "add"),
    "-": ("MINUS", "sub"),
    "*": ("TIMES", "mul"),
    "/": ("OVER", "div"),
    **dict.fromkeys(("^", "**"), ("POWER", "pow")),
    "<": ("COMPARE", "lt"),
    ">": ("COMPARE", "gt"),
    **dict.fromkeys(("<=", "≤", "⩽", "≦"), ("COMPARE", "le")),
    **dict.fromkeys((">=", "≥", "⩾", "≧"), ("COMPARE", "ge")),
    "==": ("COMPARE", "eq"),
    **dict.fromkeys(("!=", "≠"), ("COMPARE", "ne")),
    **dict.fromkeys(("and", "&&", "∧"), ("AND", "and")),
    **dict.fromkeys(("or", "∨"), ("OR", "or")),
    **dict.fromkeys(("not", "¬"), ("NOT", "not")),
}
CLOSES = {"(": ")", "[": "]", "{": "}", "|": "|"}
ROOTS = {"√": "sqrt", "∛": "cbrt"}
# Constants under other names, where these have no value
SPELLED = {"π": "pi", "∞": "inf", "°": "deg", "E": "e", "ℯ": "e", "τ": "tau"}
SERIES = {"sum": "add", "prod": "mul", "product": "mul"}
_ALPHABET = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi rho varrho
    sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = set(_ALPHABET.split())

LATEX = {
    **dict.fromkeys(("cdot", "times", "ast"), "*"),
    **dict.fromkeys(("le", "leq", "leqslant"), "<="),
    **dict.fromkeys(("ge", "geq", "geqslant"), ">="),
    **dict.fromkeys(("ne", "neq"), "!="),
    **dict.fromkeys(("land", "wedge"), "and"),
    **dict.fromkeys(("lor", "vee"), "or"),
    **dict.fromkeys(("lvert", "rvert", "vert", "mid"), "|"),
    **dict.fromkeys(("{", "lbrace"), "("),
    **dict.fromkeys(("}", "rbrace"), ")"),
    **dict.fromkeys((*",;:! ", "left", "right", "quad", "qquad", "big", "Big", "bigl", "bigr", "displaystyle"), ""),
    "div": "/",
    "lt": "<",
    "gt": ">",
    "lnot": "not",
    "infty": "inf",
}

_QUOTES = "quotes belong to the shell, not to the expression"
_ASKED = "write diff(x^2, x) for a derivative inside an expression"
_INTEGRAL = "integrals are not read"
HINTS = {
    "%": "write /100 for percent, mod(a, b) for a remainder",
    **dict.fromkeys('“”„«»"`´', _QUOTES),
    **dict.fromkeys("'‘’", f"{_QUOTES}; a name holds none: x1, xp"),
    **dict.fromkeys("′″", "write another name: x1, xp"),
    **dict.fromkeys("∂∇", _ASKED),
    **dict.fromkeys("∑Σ", "write sum(k, 1, 10, x^k)"),
    **dict.fromkeys("±∓", "write the two expressions, one at a time"),
    **dict.fromkeys("→↦⇒", "write y = ..."),
    "<>": "write !=",
    "=<": "write <=",
    "=>": "write >=",
    "===": "write ==",
    "!==": "write !=",
    "//": "write floor(a/b)",
    "..": "write every term, or sum(k, 1, 10, x^k)",
    "->": "write y = ... to name a result",
    ".": "a number has a digit beside its point",
    "$": "write the formula without $",
    "@": "write * for a product",
    "&": "write and",
    "~": "write not",
    "?": "write where(condition, a, b)",
    ":": "write y = ... to name a result; an expression holds no range",
    "∏": "write prod(k, 1, 10, x + k)",
    "∫": _INTEGRAL,
    "∜": "write x^(1/4)",
    "…": "write every term, or sum(k, 1, 10, x^k)",
    "⌊": "write floor(x)",
    "⌈": "write ceil(x)",
    "≈": "write ==, <= or >=",
    **{sign: f"write ({normalize('NFKC', sign).replace('⁄', '/')})" for sign in FRACTIONS},
}
# Words that other languages know
ELSEWHERE = {
    **dict.fromkeys(("iif", "ifelse", "cond"), "write where(condition, a, b)"),
    **dict.fromkeys(("deriv", "derivative", "D", "grad"), _ASKED),
    **dict.fromkeys(("integrate", "integral", "int"), _INTEGRAL),
    **dict.fromkeys(("fact",), "write x!"),
    **dict.fromkeys(("nroot", "surd"), "write root(x, n)"),
    **dict.fromkeys(("random", "rand", "randn"), "an expression gives the same value each time"),
    **dict.fromkeys(("log_", "ln_"), "write log_2(x) or log(x, 2) for the base 2"),
    "limit": "give the variable its value",
}
LATEX_HINTS = {
    "": "write the formula without it",
    "sum": "write sum(k, 1, 10, x^k)",
    "prod": "write prod(k, 1, 10, x + k)",
    "int": _INTEGRAL,
    "lim": "limits are not read; give the variable its value",
    "partial": _ASKED,
    "nabla": _ASKED,
    "pm": HINTS["±"],
    "binom": "write gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))",
    "begin": "write piecewise(x < 0, -x, x) for cases",
    "lfloor": "write floor(x)",
    "lceil": "write ceil(x)",
    "sqrt": "only square and cube roots are read: write x^(1/n)",
    **dict.fromkeys(("mathbf", "vec", "hat", "bar", "dot", "tilde", "overline"), "write the letter alone"),
}

# Where people disagree, how it is read; said once where it comes up
NOTES = {
    "over": "a product side by side is a product like any other: 1/2x is (1/2)*x, a/b c is (a/b)*c",
    "signed": "a power comes before a sign: -x^2 is -(x^2)",
    "applied": "a function without parentheses takes what is side by side, with its powers: sin 2x^2 is sin(2*x^2), "
    "cos 2*x is cos(2)*x",
    "root": "a root without parentheses takes one factor with its power: √x+1 is sqrt(x) + 1, √2x is sqrt(2)*x",
    "log": "log is the natural logarithm; log10(x) has base 10, log(x, b) base b",
    "sinc": "sinc is normalised: sinc(x) is sin(pi*x)/(pi*x)",
    "E": "E is the number e = 2.718...; give E a value to make it a variable",
    "tau": "tau is the number 2*pi; give tau a value to make it a variable",
    "power": "a power takes one number or name: e^2x is (e^2)*x, x^1/2 is (x^1)/2",
    "deg": "deg is the number pi/180; give deg a value to make it a variable",
}
