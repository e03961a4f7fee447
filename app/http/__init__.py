"""HTTP as the function sees it: requests, responses, routes; whatever door they come through."""
