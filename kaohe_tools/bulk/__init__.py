"""Tables of millions of score rows: in columns and batches, checked and reduced to parts, no row ever looked at alone.

sources (files, partitions, tables), codes (texts as numbers; known: names by their hashes), board (what is expected),
filling (rows into slots), flaws (what is wrong, at its cell; spoken: what was said before; listed: how much of it is
told), standing (parts, composite, ranks, places), whole (the ordinary assessment on top). Needs pyarrow: the extra
`scale`.
"""
