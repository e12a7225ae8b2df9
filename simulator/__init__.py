"""The outside world of the demo and of the tests: SIMULASI, from one seed. Nothing of the product imports it."""
