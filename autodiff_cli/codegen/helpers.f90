! What Fortran has not. What C's library has is called there.

real(real64) function fn_mod(a, b)
  real(real64), intent(in) :: a, b
  fn_mod = mod(a, b)
  if (fn_mod == 0.0d0) then
    fn_mod = sign(0.0d0, b)
  else if ((fn_mod < 0.0d0) .neqv. (b < 0.0d0)) then
    fn_mod = fn_mod + b
  end if
end function fn_mod

! Recurrence up to 10, then the asymptotic series (DLMF 5.5.2, 5.11.2); reflection below 0.
real(real64) function fn_digamma(a)
  real(real64), intent(in) :: a
  real(real64), parameter :: pi = 3.141592653589793d0
  real(real64), parameter :: bernoulli(10) = [1.0d0 / 6, -1.0d0 / 30, 1.0d0 / 42, -1.0d0 / 30, 5.0d0 / 66, &
    -691.0d0 / 2730, 7.0d0 / 6, -3617.0d0 / 510, 43867.0d0 / 798, -174611.0d0 / 330]
  real(real64) :: x, below
  integer :: k
  x = a
  below = 0.0d0
  fn_digamma = 0.0d0
  if (x <= 0.0d0) then
    if (x == aint(x)) then
      fn_digamma = ieee_value(x, ieee_quiet_nan)
      return
    end if
    below = -pi / tan(pi * (x - anint(x)))
    x = 1.0d0 - x
  end if
  do while (x < 10.0d0)
    fn_digamma = fn_digamma - 1.0d0 / x
    x = x + 1.0d0
  end do
  do k = 10, 1, -1
    below = below - bernoulli(k) / (2 * k) * x**(-2 * k)
  end do
  fn_digamma = log(x) + (below - 0.5d0 / x + fn_digamma)
end function fn_digamma
