// What f64 has not.

fn fn_max(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

fn fn_min(a: f64, b: f64) -> f64 {
    if a <= b || a.is_nan() { a } else { b }
}

fn fn_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 { 0.0_f64.copysign(b) } else if (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}
