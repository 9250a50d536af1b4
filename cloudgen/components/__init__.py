"""Components: one file each, settings and a generator of pieces. The typed field in `Spec` is their table."""
