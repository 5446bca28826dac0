"""What each command finds out, as plain data; how it is shown is none of its business.

Read `results` and `point` first; the other files are one command each, or what such a one is made of: a plot is made of
`views`, `probe`, `breaks` (where a curve is not smooth), `curve` and `area`, in this order, a trace and a graph of
`nodes`, a rule of `explain`, a derivation of `derivation_steps`; a check of `claims`, `sampling`, `deciders`,
`mistakes` and `regions`; proven digits are `proof`, over `decimals`.

A least value is made of `descent` over `trust_region`, and of `point_proof` over `kinds`;
under constraints of `constraints`, `constrained` and `multipliers`.
"""
