"""Which target serves a request now, and whether data may go there."""
