"""Put back the baseline: plan the next steps, take them, recover without a journal."""
