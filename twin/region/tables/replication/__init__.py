"""Replication of a Region's tables: outboxes, peers, replicas, strong consistency."""
