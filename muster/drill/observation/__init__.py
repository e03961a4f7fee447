"""What users see during a drill: probes, figures of the last seconds, view snapshots."""
