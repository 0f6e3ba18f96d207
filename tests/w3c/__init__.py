"""The test suites of the W3C for SPARQL, run over HTTP against the service.

The suites come with the source distribution of rdflib; nothing of them is kept here.
"""
