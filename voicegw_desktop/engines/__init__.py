"""The app's side of local engines: processes, cores, memory, and how the app speaks to a worker."""
