"""What each sign of the language means, and what to say of those that mean nothing here. Pure data."""

_LETTERS = dict(zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdefghijklmnoprstuvwxyz", strict=True))
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "0123456789+-()", strict=True)) | _LETTERS
FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
RESERVED = ("and", "or", "not")

# Signs that are read as others, each one character for one; full-width forms too
_SAME = {"-": "−–‐‑", "*": "·×⋅∙∗•", "/": "÷∕⁄", "|": "∣", "°": "˚º", "μ": "µ"}
# What Word and MathML put between a function and its argument, and between factors
_SAME |= {" ": "\u2061", "*": _SAME["*"] + "\u2062", "+": "\u2064", ",": "\u2063"}
READ_AS = {ord(other): sign for sign, others in _SAME.items() for other in others}
READ_AS |= {ord("⟨"): "[", ord("⟩"): "]"}
READ_AS |= {ord(sign) + 0xFEE0: sign for sign in "()+-*/=<>,;!^|0123456789[]{}."}

# What the grammar calls a sign, and the function of the table behind it
SIGNS = {
    **dict.fromkeys(("+", ".+"), ("PLUS", "add")),
    **dict.fromkeys(("-", ".-"), ("MINUS", "sub")),
    **dict.fromkeys(("*", ".*"), ("TIMES", "mul")),
    **dict.fromkeys(("/", "./"), ("OVER", "div")),
    "bmod": ("TIMES", "mod"),
    **dict.fromkeys(("^", "**", ".^", ".**"), ("POWER", "pow")),
    "<": ("COMPARE", "lt"),
    ">": ("COMPARE", "gt"),
    **dict.fromkeys(("<=", "≤", "⩽", "≦"), ("COMPARE", "le")),
    **dict.fromkeys((">=", "≥", "⩾", "≧"), ("COMPARE", "ge")),
    "==": ("COMPARE", "eq"),
    **dict.fromkeys(("!=", "≠", "<>", "~="), ("COMPARE", "ne")),
    **dict.fromkeys(("and", "&&", "∧"), ("AND", "and")),
    **dict.fromkeys(("or", "∨"), ("OR", "or")),
    **dict.fromkeys(("not", "¬"), ("NOT", "not")),
}
CLOSES = {"(": ")", "[": "]", "{": "}", "|": "|", "⌊": "⌋", "⌈": "⌉", "\\begin": "\\end{cases}"}
ROUNDED = {"⌊": "floor", "⌈": "ceil"}
ROOTS = {"√": "sqrt", "∛": "cbrt"}
# Constants under other names, where these have no value
SPELLED = {"π": "pi", "∞": "inf", "°": "deg", "ℯ": "e", "τ": "tau", "PI": "pi", "Pi": "pi"}
PRIMES = {"'": 1, "’": 1, "′": 1, "″": 2, "‴": 3}  # how often they differentiate
BIG = {"∑": "add", "∏": "mul", "Σ_": "add", "Π_": "mul"}
OTHERWISE = ("otherwise", "else", "sonst")
SERIES = {"sum": "add", "prod": "mul", "product": "mul"}
_ALPHABET = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi rho varrho
    sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = set(_ALPHABET.split())

# Commands that only say how it looks
SILENT = """
    left right middle quad qquad enspace thinspace big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr
    displaystyle textstyle scriptstyle limits nolimits mathstrut
"""
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
    **dict.fromkeys((*",;:! ()[]", *SILENT.split()), ""),
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "sum": "∑",
    "prod": "∏",
    "partial": "∂",
    "nabla": "∇",
    "langle": "[",
    "rangle": "]",
    "bmod": "bmod",
    "hbar": "hbar",
    "ell": "ell",
    "degree": "°",
    "neg": "not",
    "dag": "",
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
    "%": "write /100 for percent, mod(a, b) for Python's remainder, fmod(a, b) for C's; # begins a comment",
    "%%": "write mod(a, b)",
    "%/%": "write floor(a/b)",
    "↑": "write ^",
    **dict.fromkeys('“”„«»"`´', _QUOTES),
    **dict.fromkeys("'‘’", f"{_QUOTES}; a name holds none: x1, xp"),
    **dict.fromkeys("′″", "write another name: x1, xp"),
    "∂": _ASKED,
    "∇": "as in ∇·[x*y, y^2], ∇×[-y, x] and ∇²(x^2*y); the gradient itself is what eval and diff give",
    "∑": "as in ∑_{k=1}^{10} x^k, or write sum(k, 1, 10, x^k)",
    **dict.fromkeys("±∓", "an uncertainty goes with a value, x=2.0±0.1; two expressions one at a time"),
    **dict.fromkeys("→↦⇒", "write y = ..."),
    "=<": "write <=",
    "=>": "write >=; of a function x => ... the formula alone",
    "===": "write ==",
    "!==": "write !=",
    "//": "write floor(a/b); # begins a comment",
    "..": "write every term, or sum(k, 1, 10, x^k)",
    "->": "write y = ... to name a result",
    ".": "a number has a digit beside its point",
    "$": "write the formula without $",
    "@": "write * for a product",
    "&": "write and",
    "~": "write not",
    "?": "write where(condition, a, b)",
    ":": "write y = ... to name a result; an expression holds no range",
    "∏": "as in ∏_{k=1}^{10} (x + k), or write prod(k, 1, 10, x + k)",
    "∫": _INTEGRAL,
    "∜": "write x^(1/4)",
    "…": "write every term, or sum(k, 1, 10, x^k)",
    "≈": "write ==, <= or >=",
}
# Words that other languages know
ELSEWHERE = {
    **dict.fromkeys(("iif", "cond"), "write where(condition, a, b)"),
    **dict.fromkeys(("deriv", "derivative", "D", "grad"), _ASKED),
    **dict.fromkeys(("integrate", "integral"), _INTEGRAL),
    "int": f"write trunc(x) for a whole number; {_INTEGRAL}",
    "fact": "write x!",
    **dict.fromkeys(("nroot", "surd"), "write root(x, n)"),
    **dict.fromkeys(("random", "rand", "randn"), "an expression gives the same value each time"),
    **dict.fromkeys(("log_", "ln_"), "write log_2(x) or log(x, 2) for the base 2"),
    "limit": "give the variable its value",
    "mod": "write mod(a, b)",
    **dict.fromkeys(("sum", "product"), "as in sum(k, 1, 10, x^k), prod(k, 1, 10, x + k)"),
    "isqrt": "write floor(sqrt(x))",
    "merge": "write where(condition, a, b)",
    "fdim": "write max(a - b, 0)",
    "saturate": "write clamp(x, 0, 1)",
    **dict.fromkeys(("lerp", "mix"), "write a + (b - a)*t"),
    "ldexp": "write x*2^n",
    "dot": "write x1*y1 + x2*y2",
}
LATEX_HINTS = {
    "": "write the formula without it",
    "int": _INTEGRAL,
    "lim": "limits are not read; give the variable its value",
    "pm": HINTS["±"],
    "over": "write \\frac{a}{b}",
    "begin": "write piecewise(x < 0, -x, x) for cases",
    "sqrt": "as in \\sqrt{x}, \\sqrt[3]{x}",
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
    "negative": "a function takes the sign that is behind it: sin -x is sin(-x)",
    "sinc": "sinc is normalised: sinc(x) is sin(pi*x)/(pi*x)",
    "PI": "PI is the number pi; give PI a value to make it a variable",
    "Pi": "Pi is the number pi; give Pi a value to make it a variable",
    "tau": "tau is the number 2*pi; give tau a value to make it a variable",
    "power": "a power takes one number or name: e^2x is (e^2)*x, x^1/2 is (x^1)/2",
    "deg": "deg is the number pi/180; give deg a value to make it a variable",
}
CONVENTIONS = {NOTES[name] for name in ("signed", "log", "sinc")}  # of all programming languages
