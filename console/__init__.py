"""AfterCall: a terminal console for the aftercare call team of an aesthetic-surgery clinic."""

__version__ = "0.1.0"
