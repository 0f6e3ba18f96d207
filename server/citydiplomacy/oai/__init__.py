"""Metadata harvesting by libraries: OAI-PMH 2.0, as https://www.openarchives.org/OAI/2.0/ has it.

An item is an entity, its identifier the permanent IRI: the protocol asks for a URI, and the scheme
`oai:` for a registered domain of one's own, which w3id.org is not. A set is a kind.
"""
