"""The data sources (Pulumi: invokes), a file for each subject."""
