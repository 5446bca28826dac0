/*
 * The functions that C's library has not, as they are copied into generated code: each with what it needs.
 * One blank line ends a helper, and none is inside one.
 */
#include <math.h>

static const double pi = 3.141592653589793;

static double fn_max(double a, double b) { return a >= b || a != a ? a : b; }

static double fn_min(double a, double b) { return a <= b || a != a ? a : b; }

/* The remainder with the sign of b. */
static double fn_mod(double a, double b)
{
    const double rest = fmod(a, b);
    if (rest == 0.0) return copysign(0.0, b);
    return (rest < 0.0) != (b < 0.0) ? rest + b : rest;
}

/* The radians of up to 45 degrees, and the rest that a double cannot hold. */
static double fn_radians(double x, double *rest)
{
    const double degree = 0.017453292519943295, product = x * degree;
    *rest = fma(x, degree, -product) + x * 2.9486522708701687e-19;
    return product;
}

static double fn_small_sind(double x)
{
    double rest;
    const double angle = fn_radians(x, &rest);
    return rest == 0.0 ? sin(angle) : sin(angle) + rest * cos(angle);
}

static double fn_small_cosd(double x)
{
    double rest;
    const double angle = fn_radians(x, &rest);
    return cos(angle) - rest * sin(angle);
}

/* The sine of degrees: reduced in degrees, where it is exact. */
static double fn_sind(double x)
{
    double turn = remainder(x, 360.0);
    if (fabs(turn) > 90.0) turn = copysign(180.0, turn) - turn;
    return fabs(turn) <= 45.0 ? fn_small_sind(turn) : copysign(fn_small_cosd(90.0 - fabs(turn)), turn);
}

static double fn_cosd(double x)
{
    double turn = fabs(remainder(x, 360.0));
    const double sign = turn > 90.0 ? -1.0 : 1.0;
    if (turn > 90.0) turn = 180.0 - turn;
    return sign * (turn <= 45.0 ? fn_small_cosd(turn) : fn_small_sind(90.0 - turn));
}

/* sin(pi*x)/(pi*x), by way of the remainder of x, which is exact. */
static double fn_sinc(double x)
{
    const double turn = remainder(x, 2.0);
    if (x == 0.0) return 1.0;
    if (isinf(x)) return 0.0;
    return sin(pi * (fabs(turn) <= 0.5 ? turn : copysign(1.0, turn) - turn)) / (pi * x);
}

/* The normal distribution function, made right for the rounding of x/sqrt(2) far out. */
static double fn_normcdf(double x)
{
    const double z = -x / sqrt(2.0), half = x * x / 2.0;
    if (x >= 0.0) return erfc(z) / 2.0;
    if (x < -40.0) return 0.0;
    return erfc(z) / 2.0 * exp(fma(z, z, -half) - fma(x, x / 2.0, -half));
}

static double fn_gelu(double x) { return x * fn_normcdf(x); }

/* Bernoulli numbers B2, B4 ... B20 (DLMF 24.2). */
static const double fn_bernoulli[10] = {
    1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510, 43867.0 / 798,
    -174611.0 / 330
};

/* Recurrence up to 10, then the asymptotic series (DLMF 5.5.2, 5.11.2); reflection below 0. */
static double fn_digamma(double x)
{
    double sum = 0.0, power = 1.0, below = 0.0;
    int k;
    if (x != x || (x <= 0.0 && x == floor(x))) return NAN;
    if (x < 0.0) {
        below = -pi / tan(pi * remainder(x, 1.0));
        x = 1.0 - x;
    }
    for (; x < 10.0; x += 1.0) below -= 1.0 / x;
    for (k = 9; k >= 0; k--) {
        power = pow(x, -2.0 * (k + 1));
        sum -= fn_bernoulli[k] / (2.0 * (k + 1)) * power;
    }
    return log(x) + (below - 0.5 / x + sum);
}

/* (n - 1)! / x^n, factor by factor. */
static double fn_first(int n, double x)
{
    double product = 1.0 / x;
    int k;
    for (k = 1; k < n; k++) product *= k / x;
    return product;
}

/* Recurrence up to n + 10, then the asymptotic series (DLMF 5.15.5, 5.15.8); reflection below 0 (5.15.6). */
static double fn_polygamma(double order, double x)
{
    double sum = 0.0, term, turned = 0.0, series, sign, slopes[160] = {0.0, 1.0};
    int n, k, degree;
    if (order == 0.0) return fn_digamma(x);
    if (!(order > 0.0 && order <= 151.0) || order != floor(order) || (x <= 0.0 && x == floor(x)) || x != x) return NAN;
    n = (int)order;
    sign = n % 2 ? 1.0 : -1.0;
    if (x < 0.0) { /* the n-th derivative of cot as a polynomial in it, each from the one before */
        const double cot = 1.0 / tan(pi * remainder(x, 1.0));
        for (degree = 1; degree <= n; degree++) {
            double next[160] = {0.0};
            for (k = 1; k <= degree; k++) {
                next[k - 1] -= k * slopes[k];
                next[k + 1] -= k * slopes[k];
            }
            for (k = 0; k <= degree + 1; k++) slopes[k] = next[k];
        }
        for (k = n + 1; k >= 0; k--) turned = turned * cot + slopes[k];
        turned *= -pow(pi, n + 1);
        x = 1.0 - x;
    }
    for (; x < n + 10; x += 1.0) sum += fn_first(n + 1, x);
    term = n * (n + 1.0) / 2.0 / x / x;
    series = 1.0 + n / (2.0 * x);
    for (k = 1; k <= 10; k++) {
        series += fn_bernoulli[k - 1] * term;
        term *= (n + 2.0 * k) * (n + 2.0 * k + 1.0) / ((2.0 * k + 1.0) * (2.0 * k + 2.0)) / x / x;
    }
    sum += fn_first(n, x) * series;
    return turned == 0.0 ? sign * sum : turned - sum;
}

/* The power series near 0 (DLMF 10.53.1), upward recurrence where x > n, else downward (10.51.1; 3.6(iii)). */
static double fn_spherical_jn(double order, double x)
{
    double below, here, above, total, term, wanted = 0.0, zeroth, first;
    int n, k;
    if (!(order >= 0.0 && order <= 1001.0) || order != floor(order) || x != x) return NAN;
    if (x - x != 0.0) return 0.0;
    n = (int)order;
    if (x * x <= 4.0 * n + 6.0) {
        for (term = 1.0, k = 1; k <= n; k++) term *= x / (2 * k + 1);
        for (total = term, k = 1; fabs(term) > 1e-17 * fabs(total); k++) {
            term *= -x * x / (2.0 * k * (2.0 * n + 2.0 * k + 1.0));
            total += term;
        }
        return total;
    }
    if (fabs(x) > n) {
        below = cos(x) / x;
        here = sin(x) / x;
        for (k = 0; k < n; k++) {
            term = (2 * k + 1) / x * here - below;
            below = here;
            here = term;
        }
        return here;
    }
    above = 0.0;
    here = 1e-300;
    for (k = n + 40 + (int)fabs(x); k > 0; k--) { /* Miller: from far above, where any start will do */
        term = (2 * k + 1) / x * here - above;
        above = here;
        here = term;
        if (k - 1 == n) wanted = here;
        if (fabs(here) > 1e250) {
            above *= 1e-250;
            here *= 1e-250;
            wanted *= 1e-250;
        }
    }
    zeroth = sin(x) / x;
    first = (sin(x) / x - cos(x)) / x;
    return wanted * (fabs(zeroth) > fabs(first) ? zeroth / here : first / above);
}
