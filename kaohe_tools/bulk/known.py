"""Which of some known names a text is: a hash table in arrays, for many texts at once.

Arrow looks at one text after the other, in a table that does not fit the cache and is built anew for each batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 64  # bytes; longer names are not found here
NOT_FOUND = -1
_WORD = 8  # bytes compared at once
_STEP = 1 << 16  # texts worked on together: they stay in the cache
_TABLES = 8  # one after the other, each for the names whose place was taken in those before
_ODD = np.random.default_rng(7).integers(1 << 62, size=(_TABLES, LONGEST // _WORD), dtype=np.uint64) * 2 + 1
_HALF = np.uint64(32)


class Known:
    """Names in their tidy form: it has no white space, so the blanks that fill up the last word of a text are none of
    it. A hash only says where to look; what is found was compared in full.
    """

    def __init__(self, names: pa.Array) -> None:
        sizes = pc.binary_length(names).to_numpy(zero_copy_only=False)
        fit = (sizes > 0) & (sizes <= LONGEST)
        self._width = -(-int(sizes[fit].max(initial=1)) // _WORD) * _WORD
        self._words = self._words_of(names)
        for word in self._words:
            word[~fit] = np.iinfo(np.uint64).max  # bytes that no text has
        self._tables: list[np.ndarray] = []
        left = np.flatnonzero(fit).astype(np.int32)
        while len(left) and len(self._tables) < _TABLES:
            self._tables.append(table := np.zeros(2 << len(left).bit_length(), dtype=np.int32))
            at = self._places([word.take(left) for word in self._words], len(self._tables) - 1)
            table[at] = left
            left = left[table[at] != left]

    def find(self, texts: pa.Array) -> np.ndarray:
        """By text the number of the name that it is (int32). NOT_FOUND says that it may still be one, spelled otherwise
        or too long to be looked for here.
        """
        found = np.full(len(texts), NOT_FOUND, dtype=np.int32)
        for first in range(0, len(texts), _STEP):
            self._find(texts[first : first + _STEP], found[first : first + _STEP])
        return found

    def _find(self, texts: pa.Array, found: np.ndarray) -> None:
        rows, words = np.arange(len(texts)), self._words_of(texts)
        for number, table in enumerate(self._tables):
            if not len(rows):
                break
            name = table.take(self._places(words, number))
            other = self._words[0].take(name) != words[0]
            for own, word in zip(self._words[1:], words[1:], strict=True):
                other |= own.take(name) != word
            left = np.flatnonzero(other)
            name[left] = NOT_FOUND
            found[rows] = name
            rows, words = rows.take(left), [word.take(left) for word in words]

    def _words_of(self, texts: pa.Array) -> list[np.ndarray]:
        """The bytes of all texts, filled up with blanks, by word; blanks alone for no text and one that is too long."""
        sizes = pc.binary_length(texts)
        if texts.null_count or (pc.max(sizes).as_py() or 0) > self._width:
            texts = pc.if_else(pc.less_equal(sizes, self._width), texts, "").fill_null("")
        filled, count = pc.ascii_rpad(texts, self._width).buffers()[2], self._width // _WORD
        words = np.frombuffer(filled, np.uint64, len(texts) * count).reshape(len(texts), count)
        return [words[:, i].copy() for i in range(count)]

    def _places(self, words: Sequence[np.ndarray], number: int) -> np.ndarray:
        """Where in a table texts are to be looked for."""
        mixed = words[0] * _ODD[number, 0]
        for word, odd in zip(words[1:], _ODD[number, 1:], strict=False):
            mixed ^= mixed >> _HALF
            mixed += word
            mixed *= odd
        mixed ^= mixed >> _HALF
        mixed *= _ODD[number, 0]
        bits = len(self._tables[number]).bit_length() - 1
        return (mixed >> np.uint64(64 - bits)).view(np.int64)
