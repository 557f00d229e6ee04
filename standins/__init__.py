"""Stand-ins for external services, each a program of its own that knows nothing of `reviews`.

The demo, the tests and the benchmarks talk to them over sockets only, so that the product cannot distinguish them from the real services.
"""
