"""What a person or program may ask of a gateway, by subject; core.operations gathers them."""
