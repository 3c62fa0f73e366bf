"""How well the online detector does, against an oracle and its own promise: `make bench-detection`.

`families` says which series are simulated and which changes are asked about, `targets` what is to be reached. A
table is a module: `false_alarms`, `delays`, `intervals`, `nuisance`, `speed`. `measure` runs them on two processes,
`page` writes what they found to docs/detection-figures.md. A missed target is printed as missed.
"""
