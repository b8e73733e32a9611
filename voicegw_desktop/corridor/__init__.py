"""What every inference request passes: admission, egress, the run, metering, the record."""
