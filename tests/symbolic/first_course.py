"""A hundred functions of a first calculus course."""

FIRST_COURSE = """
pi x + e
x
7x
x^2
3x^4 - 2x^2 + 5x - 7
(2x + 1)^3
(x^2 + 1)(x^3 - x)
(3x^2 + 1)^5
x^2 (x - 1)^3
(x^2 + 1)^3 (x - 1)^4
1/x
3/x^2
1/(x^2 + 1)
5/(2x - 1)^3
x/(x + 1)
(x^2 + 1)/(x - 1)
(2x - 3)/(x^2 + 4)
x^3/(1 + x^2)^2
(x - 1/x)^2
x + 1/x + 1/x^2
sqrt(x)
x sqrt(x)
sqrt(x^2 + 1)
1/sqrt(x)
x/sqrt(1 - x^2)
cbrt(x)
x^(2/3) - 4x^(1/4)
sqrt(x + sqrt(x))
sqrt((1 + x)/(1 - x))
(x^2 - 1)^(3/2)
sin(x)
cos(5x)
tan(x)
x^2 sin(3x)
sin(x)cos(x)
sin(x)^2
sin(x)^2 + cos(x)^2
sin(x^2)
tan(x)^2
sec(x)
csc(2x)
cot(x)
sin(x)/x
(1 - cos(x))/sin(x)
x cos(x) - sin(x)
cos(x)^3
sin(cos(tan(x)))
sqrt(sin(x))
x sin(1/x)
sin(x)/(1 + cos(x))
asin(x)
acos(x)
atan(x)
asin(2x)
atan(x^2)
x asin(x) + sqrt(1 - x^2)
x atan(x) - ln(1 + x^2)/2
atan(1/x)
acos(x)/x
asin(x)^2
e^x
e^(2x)
exp(-x^2)
x e^x
x^2 e^(-x)
e^x sin(x)
e^(sin(x))
2^x
10^(x^2)
(e^x - e^(-x))/2
e^x/(1 + e^x)
exp(x sin(x))
3^x x^3
ln(x)
ln(x^2 + 1)
x ln(x) - x
ln(x)/x
ln(sin(x))
ln(ln(x))
log10(x)
log2(3x + 1)
ln(x + sqrt(x^2 + 1))
ln((1 + x)/(1 - x))
ln(x)^2
x^2 ln(x)
x^x
x^sin(x)
sin(x)^x
(1 + 1/x)^x
x^(1/x)
sinh(x)
cosh(2x)
tanh(x)
x sinh(x) - cosh(x)
asinh(x)
ln(cosh(x))
atanh(x)
abs(x)
x abs(x)
abs(x^2 - 4)
""".strip().splitlines()
