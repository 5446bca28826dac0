"""How each kind of number computes what the rule table leaves to it: one module a kind, each with `KERNELS`."""
