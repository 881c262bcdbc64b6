"""Looking at a model from outside: slopes, leaks, sizes, costs."""
