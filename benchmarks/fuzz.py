"""Malformed inputs by the hundred thousand: texts of every notation, cut, doubled, swapped, joined and spoilt.

Each is read as `tests/fuzz.py` reads one: it is refused in words, with a place in the text, or what is read prints as a
text of the same graph. Counted are those that do neither, and those that take longer than a second. The exit code is 1
where there is one.

    python benchmarks/fuzz.py [--count N] [--seed N]
"""

import sys
from contextlib import suppress
from pathlib import Path
from random import Random
from time import process_time

from timing import HEADER, exit_code, parser, row, seconds, sized

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from autodiff_cli.language.parser import parse
from tests.fuzz import TOKENS, read

COUNT = sized(50_000, 200)
SLOW = 1.0  # seconds
LONG = (100, 1_000, 10_000)  # copies of a piece
TEXTS = (
    r"""
3x^2 y - 1/2x + |x - 1| + 2½
sin^2 x + cos²(2x) + tan^-1 y + log_2 x + ln2x
x! + (n + 1)! - ∛(x + 1)/√2x + x⁻¹ + xⁿ
a = 2; f(x, y) = a x^2 + y; f(x, 3) - f'(1)
r = sqrt(x^2 + y^2) # the distance␤t = atan2(y, x)␤r cos t
sum(k, 1, 10, x^k/k) + prod(k, 1, 3, x + k) + ∑_{k=1}^{5} k x
piecewise(x < 0, -x, x < 1, x^2, 1) + where(x >= 0 and not y > 1, x, y)
d/dx x^2 + d^2/dx^2(sin x) + (x^3)'' + diff(x^2 y, x, y) + d(x^2)/dx
E/kT + e^-kt + hc/λkT + xsinx + α β + 3×10^8 + 45°
⌊x⌋ + ⌈y⌉ + ½x − 2·x ÷ 3 ≤ 4 ∧ ¬(x ≠ y)
\frac{d}{dx}\left(x^{2}\right) + \frac{\partial f}{\partial x} \cdot \frac12 \dfrac{x+1}{y_{max}}
\sqrt[3]{x} + \sqrt{2x} + \log_{2} x + \sin^{2}\theta + \left|x\right| + \lvert y \rvert
\begin{cases} x^2 & \text{for}\: x > 0 \\ -x & \text{otherwise} \end{cases}
\sum_{k=1}^{5} \frac{x^k}{k!} \prod_{j=0}^{3} (x - j) + \binom{n}{k} + \operatorname{erf}{\left(x \right)}
$\mathrm{rate}_{1} \hbar \omega e^{-E/k_B T} \, \quad x^{\circ} + \mathbf{v}_{i}^{2} \overline{x} \infty$
math.sin(x)**2 + np.exp(-x) if x > 0 and not y else torch.nn.functional.softplus(x) / 2
np.where(x > 0, np.maximum(x, y), np.power(x, 3)) - 1e-3*math.pi
x > 0 ? 1.5f*sinf(x) + powf(x, 2.0f) : -fabs(y) + (double)x*M_PI + std::exp(x)
Math.pow(x, 3) + Math.PI*Math.max(x, y) && x !== y || 0x1F
=-$A$1^2*SIN(B2) + IF(AND(A1>1;A1<>2);LOG10(A1);SUM(A1;2;3))/PI()
=ATAN2(A1,B1)*POWER(A1,2)%+LN(A1)&"text"
x.^2 .* sin(x) ./ 3 - x' + [1 2 3] % comment
Sin[x]^2 + Exp[-x] Log[2, x] + ArcTan[x, y] + If[x > 0 && y < 1, Pi, E] + {1, 2}
Piecewise[{{x, x > 0}, {0, True}}] + 2 x y /. x -> 3
1.5d0*x**2 + DSQRT(x) .gt. 2.5D-3 .and. .true.
E^x Piecewise[{{x, x > 0}, {2, x < -1}}] (* a *) + Which[x > 0, x, True, 2.5*^-3] + x[1]
Piecewise((x**2, x > 0), (0, True)) + Pow(Symbol('x'), Rational(1, 2)) + oo
double y = 1e-3f*x; /* twice */ return 1/2*y || !(x > 1) && (int)x ~= 0b11;
=IF($a1>1,5;MAX(A1;2,5)^2^3;IFS(A1>1;1;TRUE;2))
y .ge. 1.5_dp .or. .not. x.gt.1 + dexp(x) - x.^2.^3 + std::f64::consts::PI
ifelse(x > 0, x %% 2, x %/% 3) + 2x .^ 2 + sin.(x) := y
""".strip()
    .replace("␤", "\n")
    .splitlines()
)
PIECES = [
    *TOKENS,
    "'",
    "^2",
    "d^2",
    "**",
    "_{",
    "}",
    "\\begin{cases}",
    "&",
    "\\\\",
    "?",
    " if ",
    " else ",
    "$",
    "=",
    "; ",
]
NAMES = ["x", "y", "a", "n", "k", "A1", "α", "d", "e", "E", "f", "xy", "sin", "pi", "t", "j2"]


def mutated(random: Random) -> str:
    """A text that has been spoilt a few times."""
    text = random.choice(TEXTS)
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        start, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
        end = min(end, start + random.choice((1, 1, 2, 4, 12, 10_000)))
        text = random.choice(MUTATIONS)(random, text, start, end)
    return text


def cut(_random: Random, text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def doubled(_random: Random, text: str, start: int, end: int) -> str:
    return text[:end] + text[start:end] + text[end:]


def swapped(_random: Random, text: str, start: int, end: int) -> str:
    middle = (start + end) // 2
    return text[:start] + text[middle:end] + text[start:middle] + text[end:]


def joined(random: Random, text: str, start: int, _end: int) -> str:
    other = random.choice(TEXTS)
    return text[:start] + other[random.randint(0, len(other)) :]


def inserted(random: Random, text: str, start: int, _end: int) -> str:
    return text[:start] + random.choice(PIECES) + text[start:]


def replaced(random: Random, text: str, start: int, end: int) -> str:
    return text[:start] + character(random) + text[end:]


def lengthened(random: Random, text: str, start: int, end: int) -> str:
    """A piece of the text many times over: seldom, since it is long."""
    if random.random() > 0.02:
        return inserted(random, text, start, end)
    piece = text[start:end] if random.random() < 0.5 else random.choice(PIECES)
    return text[:start] + piece[:50] * (random.choice(LONG) // max(1, len(piece[:50]))) + text[start:]


def character(random: Random) -> str:
    """Any: of ASCII, of the Latin, Greek and mathematical blocks, of all of Unicode, or half of a pair."""
    kind = random.random()
    if kind < 0.5:
        return chr(random.randrange(128))
    if kind < 0.9:
        return chr(random.choice((0xA0, 0x370, 0x2070, 0x2200, 0x1D400, 0xFF00)) + random.randrange(256))
    return chr(random.randrange(0x110000))


MUTATIONS = (cut, cut, doubled, swapped, joined, inserted, inserted, replaced, replaced, lengthened)


def main() -> int:
    """Print what was counted; the exit code is 1 where an input failed or was slow."""
    arguments = parser(__doc__)
    arguments.add_argument("--count", type=int, default=COUNT, help="how many inputs")
    arguments.add_argument("--seed", type=int, default=1, help="of the random numbers")
    options = arguments.parse_args()
    random = Random(options.seed)
    times, failed, valid = [], 0, 0
    for _ in range(options.count):
        text, given = mutated(random), random.sample(NAMES, random.choice((0, 0, 1, 2, 4)))
        began = process_time()
        try:
            valid += read(text, given) is not None
        except Exception as error:
            failed += 1
            show(f"{type(error).__name__}: {str(error)[:300]}", text, given)
        took = process_time() - began
        times.append(took if took < SLOW else alone(text, given))  # what is read is printed, read again and compared
        if times[-1] > SLOW:
            show(f"{times[-1]:.1f} s for {len(text)} characters", text, given)
    slow = sum(time > SLOW for time in times)
    print(HEADER)
    row(f"{options.count:,} inputs, seed {options.seed}", f"{valid:,} read", "", "", "", None)
    row("failed", f"{failed}", "", "", "0", failed == 0)
    row("slower than 1 s", f"{slow}, the slowest {seconds(max(times))}", "", "", "0", slow == 0)
    return exit_code(bool(failed or slow))


def alone(text: str, given: list[str]) -> float:
    """Seconds that reading the input takes."""
    began = process_time()
    with suppress(Exception):
        parse(text, given)
    return process_time() - began


def show(what: str, text: str, given: list[str]) -> None:
    """An input that fails, on stderr."""
    print(f"{what}\n    {text[:500]!r} given {given}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
