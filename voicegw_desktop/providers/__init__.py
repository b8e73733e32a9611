"""The providers, one file each; `core.registry.create_provider` imports and makes them."""
