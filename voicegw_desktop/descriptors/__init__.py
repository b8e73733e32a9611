"""One module for each engine and provider: what it declares about itself, read without importing it."""
