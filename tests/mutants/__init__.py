"""Mutation testing: `make mutants` changes one expression at a time and runs the tests that should notice."""
