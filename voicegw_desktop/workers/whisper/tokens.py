"""Whisper's tokens: prompts out of options, text out of tokens, words out of both."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, did_you_mean

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages whose words have no spaces between them; each character counts as one."""
BROKEN = "\ufffd"
CLOSING = (".", "?", "!", '."', '?"', '!"', ".'", "?'", "!'", ".)", "?)", "!)", "。", "？", "！")
"""Marks that close a sentence; those that are one token count together, where the model may write any of them."""


class Vocabulary:
    """The tokenizer of one model; `multilingual` models name language and task in the prompt."""

    def __init__(self, tokenizer: Tokenizer, multilingual: bool) -> None:
        self._tokenizer = tokenizer
        self._multilingual = multilingual
        self.eot = self._id("<|endoftext|>")
        self._sot = self._id("<|startoftranscript|>")
        self._previous = self._id("<|startofprev|>")
        self._untimed = self._id("<|notimestamps|>")
        closing = (tokenizer.encode(mark, add_special_tokens=False).ids for mark in CLOSING)
        self.closing = [ids[0] for ids in closing if len(ids) == 1]
        """Tokens that close a sentence."""
        vocabulary = tokenizer.get_vocab() if multilingual else {}
        names = (name[2:-2] for name in vocabulary if name.startswith("<|") and name.endswith("|>"))
        self.languages = sorted(n for n in names if 2 <= len(n) <= 3 and n.isalpha()) if multilingual else ["en"]

    def _id(self, name: str) -> int:
        found = self._tokenizer.token_to_id(name)
        if found is None:
            raise ValueError(f"tokenizer.json lacks the token {name}")
        return found

    def language(self, wanted: str | None) -> str | None:
        """The model's name for a BCP-47 tag; None when the speaker's language must be heard first."""
        if not wanted or wanted.lower() in ("auto", "multi"):
            return None if self._multilingual else "en"
        tag = wanted.lower().replace("_", "-").split("-")[0]
        tag = {"iw": "he", "jv": "jw", "in": "id", "nb": "no", "fil": "tl", "cmn": "zh"}.get(tag, tag)
        if tag in self.languages:
            return tag
        if not self._multilingual:
            raise BadRequest(
                f'This model supports English only, and the request asks for language "{wanted}". '
                "Use a model without `.en` in its name, for example whisper/base.",
                param="language",
                code="language_not_supported",
            )
        raise BadRequest(
            f'Whisper does not know the language "{wanted}".{did_you_mean(tag, self.languages)} '
            "Give a two-letter code such as en, de or fr, or leave it out.",
            param="language",
            code="language_not_supported",
        )

    def start(self, language: str, translate: bool) -> list[int]:
        """The tokens every transcript starts with, timestamps aside."""
        if not self._multilingual:
            return [self._sot]
        task = self._id("<|translate|>" if translate else "<|transcribe|>")
        return [self._sot, self._id(f"<|{language}|>"), task]

    def prompt(
        self, language: str, translate: bool, before: str | None, keyterms: Sequence[str], limit: int
    ) -> list[int]:
        """What the decoder is given first: at most `limit` tokens of context, then the start without timestamps."""
        context = ""
        if keyterms:
            context = " " + ", ".join(term.strip() for term in keyterms if term.strip()) + "."
        if before and before.strip():
            context += " " + before.strip()
        given = self._tokenizer.encode(context, add_special_tokens=False).ids[-limit:] if context.strip() else []
        head = [self._previous, *given] if given else []
        return [*head, *self.start(language, translate), self._untimed]

    def text(self, tokens: Sequence[int]) -> str:
        """The words, without the space whisper puts first."""
        return str(self._tokenizer.decode([t for t in tokens if t < self.eot])).strip()

    def words(self, tokens: Sequence[int], language: str) -> list[tuple[str, int]]:
        """(text with its leading space, number of tokens) for each word; punctuation stays with its word."""
        pieces: list[tuple[str, int]] = []
        held: list[int] = []
        for token in tokens:
            held.append(token)
            piece = str(self._tokenizer.decode(held))
            if BROKEN in piece and len(held) < 4:
                continue
            pieces.append((piece, len(held)))
            held = []
        if held:
            pieces.append((str(self._tokenizer.decode(held)), len(held)))
        words: list[tuple[str, int]] = []
        for piece, count in pieces:
            starts = piece.startswith(" ") or (language in UNSPACED and not _is_mark(piece))
            if words and not starts:
                text, before = words[-1]
                words[-1] = (text + piece, before + count)
            else:
                words.append((piece, count))
        return words

    def without_final_marks(self, tokens: Sequence[int]) -> list[int]:
        """`tokens` less the punctuation at their end, which the next words may change."""
        kept = list(tokens)
        while kept and _is_mark(str(self._tokenizer.decode(kept[-1:]))):
            kept.pop()
        return kept


def _is_mark(text: str) -> bool:
    bare = text.strip()
    return bool(bare) and all(unicodedata.category(c)[0] in "PS" for c in bare)
