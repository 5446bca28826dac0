% What MATLAB has not, or not for every number.

function y = fn_real(y)
  % What is no real number is no value.
  y(imag(y) ~= 0) = NaN;
  y = real(y);
end

function y = fn_where(c, a, b)
  one = ones(size(c + a + b));
  y = b .* one;
  a = a .* one;
  c = c & (one == 1);
  y(c) = a(c);
end

function y = fn_pow(x, p)
  y = abs(x) .^ p;
  y = fn_where(x < 0 & mod(p, 2) == 1, -y, y);
  y = fn_where(x < 0 & p ~= fix(p), NaN, y);
end

function y = fn_copysign(a, b)
  y = fn_where(b < 0 | 1 ./ b == -Inf, -abs(a), abs(a));
end

function y = fn_round(x)
  y = fn_where(abs(x - fix(x)) == 0.5, 2 * round(x / 2), round(x));
end

function y = fn_lgamma(x)
  y = fn_where(x > 0, gammaln(abs(x)), log(pi) - log(abs(sin(pi * (x - round(x))))) - gammaln(1 + abs(x)));
end

function y = fn_psi(x)
  % For positive x; beyond 1000 the asymptotic series (DLMF 5.11.2), as Octave adds up to whole numbers one by one.
  far = log(x) - 1 ./ (2 * x) - 1 ./ (12 * x.^2) + 1 ./ (120 * x.^4);
  y = fn_where(x > 1000, far, psi(min(x, 1000)));
end

function y = fn_digamma(x)
  y = fn_where(x > 0, fn_psi(abs(x)), fn_psi(1 + abs(x)) - pi ./ tan(pi * (x - round(x))));
  y(x <= 0 & x == fix(x)) = NaN;
end

function y = fn_polygamma(n, x)
  % By recurrence from where x is positive (DLMF 5.15.5).
  if any(x(:) < -1e5), error('polygamma far left of 0 cannot be had in MATLAB'), end
  pole = x <= 0 & x == fix(x);
  y = zeros(size(x));
  while any(x(:) <= 0)
    left = x <= 0;
    y(left) = y(left) - (-1)^n * factorial(n) ./ x(left) .^ (n + 1);
    x(left) = x(left) + 1;
  end
  y = y + psi(n, x);
  y(pole) = NaN;
end
