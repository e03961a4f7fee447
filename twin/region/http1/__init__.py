"""HTTP/1 servers of a Region: what load balancers and API Gateway share."""
