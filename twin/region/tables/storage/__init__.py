"""A Region's tables on disk and in memory: store, write-ahead log, snapshots."""
