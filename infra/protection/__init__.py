"""What keeps data, addresses and Regions from being deleted, and how they leave in order."""
