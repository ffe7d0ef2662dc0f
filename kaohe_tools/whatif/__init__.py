"""What if: other weights, quotas, readings or scores beside today's, and how firmly a result stands."""
