"""Rust source seen three ways, line for line: its code, its string literals, and which lines are test code."""

import re
from functools import cached_property

_TOKEN = re.compile(
    r"""
    (?P<line>//[^\n]*)
  | (?P<block>/\*)
  | (?P<raw>\b(?:br|cr|r)(?P<hashes>\#*)".*?"(?P=hashes))
  | (?P<text>\b[bc]?"(?:\\.|[^"\\])*"|"(?:\\.|[^"\\])*")
  | (?P<char>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\\n])')
    """,
    re.VERBOSE | re.DOTALL,
)
_TEST_ATTRIBUTE = re.compile(r"#\[(?:cfg\((?:test|all\(test\b[^]]*)\)|(?:\w+::)*test\b[^]]*)\]")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class RustText:
    def __init__(self, text):
        code, strings, at = [], [], 0
        while token := _TOKEN.search(text, at):
            code.append(text[at : token.start()])
            strings.append(_blank(text[at : token.start()]))
            end = _block_end(text, token.start()) if token["block"] else token.end()
            literal = text[token.start() : end]
            is_string = token["raw"] is not None or token["text"] is not None
            # A literal stays visible as "" in the code, so that patterns over calls still match around it.
            code.append('""' + _blank(literal[2:]) if is_string and "\n" not in literal[:2] else _blank(literal))
            strings.append(literal if is_string else _blank(literal))
            at = end
        code.append(text[at:])
        strings.append(_blank(text[at:]))
        self.code = "".join(code)
        self.strings = "".join(strings)

    @cached_property
    def without_tests(self):
        """(code, strings) with every item under a test attribute blanked out."""
        code, strings = self.code, self.strings
        for start, end in self.test_spans:
            code = code[:start] + _blank(code[start:end]) + code[end:]
            strings = strings[:start] + _blank(strings[start:end]) + strings[end:]
        return code, strings

    @cached_property
    def test_spans(self):
        spans, at = [], 0
        while attribute := _TEST_ATTRIBUTE.search(self.code, at):
            end = _item_end(self.code, attribute.end())
            spans.append((attribute.start(), end))
            at = end
        return spans


def _block_end(text, start):
    """Block comments nest in Rust."""
    depth, at = 0, start
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark.group() == "/*" else -1
        at = start + mark.end()
        if depth == 0:
            return at
    return len(text)


def _item_end(code, at):
    """Where the item after an attribute ends: its closing brace, or the semicolon if it has no body."""
    depth = 0
    for mark in re.finditer(r"[{};()\[\]]", code[at:]):
        what = mark.group()
        if what in "{([":
            depth += 1
        elif what in "})]":
            depth -= 1
            if depth == 0 and what == "}":
                return at + mark.end()
        elif depth == 0:
            return at + mark.end()
    return len(code)
