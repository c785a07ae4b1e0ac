"""GitHub: reading pull requests and writing results, through its REST and GraphQL APIs."""
