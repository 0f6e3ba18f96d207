"""Tables of twin towns, read into a graph of their own beside what editors wrote.

A table is read a row at a time. What is kept of it are its places, each once, and three numbers for
each row. Then each place is decided on: an existing city is meant, a new one is made, or it is left
out. The ties follow from that, and are written in the order of the rows.
"""
