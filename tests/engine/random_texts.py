"""Random expressions that are smooth almost everywhere, as text in x and y, and numbers for these."""

from hypothesis import strategies as st

SMOOTH = ("sin", "cos", "exp", "tanh", "atan", "sinh", "erf", "asinh")
_LEAVES = st.one_of(st.sampled_from(["x", "y"]), st.integers(1, 9).map(str), st.just("0.5"))


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.integers(2, 4)).map(lambda t: f"({t[0]})^{t[1]}"),
        st.tuples(st.sampled_from(SMOOTH), inner).map(lambda t: f"{t[0]}({t[1]})"),
        inner.map(lambda t: f"log(1 + ({t})^2)"),
    )


TEXTS = st.recursive(_LEAVES, _grow, max_leaves=8)
NUMBERS = st.floats(-3, 3).map(lambda x: round(x, 3))
