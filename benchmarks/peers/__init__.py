"""The detector beside others, on the same series and at the same rate of false alarms: `make bench-peers`.

What is compared lives in an environment of its own, `.venv-peers`, from `requirements-peers.lock`; the product never
needs it. `methods` holds one entry a method, each used as its documentation says; `compare` matches their thresholds
on one set of nulls and measures delays on the same changes; the page is docs/detection-peers.md.
"""
