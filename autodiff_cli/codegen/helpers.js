// What Math has not, to the letter of what the language says.

function fn_copysign(a, b) {
  const size = Math.abs(a);
  return b < 0 || Object.is(b, -0) ? -size : size;
}

function fn_mod(a, b) {
  const rest = a % b;
  if (rest === 0) return fn_copysign(0, b);
  return (rest < 0) !== (b < 0) ? rest + b : rest;
}

function fn_round(x) {
  const down = Math.floor(x), rest = x - down;
  const near = rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
  return Number.isFinite(x) ? fn_copysign(near, x) : x;
}
