"""What help says of every answer: what the verdicts mean, and what a shell is told."""

VERDICTS = """\b
Verdicts beside a gradient:
  ok        gradient and estimate agree
  mismatch  they differ
  kink      the slopes from left and right differ; both are shown
  jump      the value itself jumps
  singular  the gradient is infinite or undefined
  unsure    the values cannot resolve the slope
"""
EXIT_CODES = """\b
Exit codes:
  0    computed, and nothing disagrees
  1    a check failed, or what was sought is proven not to be there
  2    the input cannot be used, or something could not be decided
  3    no finite value or gradient at that point
  70   a fault of autodiff itself
  130  interrupted
  141  whoever read the output has gone
"""
