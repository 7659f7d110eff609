"""What a reader of texts says of a text that it does not take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def each_of(texts: Mapping[Any, Iterable[Any]]) -> list[tuple[Any, Any]]:
    """List each text beside what is said of it, of the same written the other way round."""
    return [(text, said) for said, some in texts.items() for text in some]


def why_refused(read: Callable[[Any], Any], text: Any) -> str:
    """Tell why a text is refused with a ValueError; empty if it is taken, and any other exception is a defect."""
    try:
        read(text)
    except ValueError as error:
        # A traceback shows what an exception was made of, and a library's words repeat the text.
        is_bare = error.__cause__ is None and (error.__suppress_context__ or error.__context__ is None)
        return str(error) if is_bare and str(error) else f"badly: {error!r}"
    return ""
