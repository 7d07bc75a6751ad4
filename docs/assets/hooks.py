"""Hooks of MkDocs: a title and a description for every page, lines of code, and a page for wrong addresses."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

NOT_FOUND = "<h1>404 - Not found</h1>"
ADVICE = """<h1>Page not found</h1>
<p>It may have moved. Search for it above, or begin at
<a href="{url}">the start</a>, <a href="{url}cookbook/">the cookbook</a> or
<a href="{url}reference/">the reference</a>.</p>"""
SHORTEST, LONGEST = 40, 160
"""Characters of a description; search engines show no more."""
BLOCK_OR_CODE = re.compile(r"<pre.*?</pre>|<code[^>]*>[^<]*</code>", re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
OUTPUT = re.compile(r'<div class="language-text(?= |")(?=[^>]*>(?:(?!</pre>).)*?[^ \n>] {2,}\S)', re.DOTALL)


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Take title and description from the heading and the first whole sentence, where the page does not set them.

    Options in the text are kept whole, and output whose columns are aligned is marked, for site.css.
    """
    [title, *_rest] = _texts(html, "h1")
    if not page.is_homepage:
        page.meta.setdefault("title", title)
        sentences = (text for text in _texts(html, "p") if len(text) >= SHORTEST and not text.startswith("Bases:"))
        page.meta.setdefault("description", _cut(next(sentences, f"{title} of workato_async.")))
    if page.file.src_uri.startswith("reference/") and "reference" not in title.lower():
        page.meta["title"] += " (reference)"
    return BLOCK_OR_CODE.sub(_keep_options_whole, OUTPUT.sub(r"\g<0> aligned", html))


def on_post_template(output: str, *, template_name: str, config: Any, **_: Any) -> str:
    """Explain what to do on the page for addresses that do not exist."""
    return output.replace(NOT_FOUND, ADVICE.format(url=config.site_url)) if template_name == "404.html" else output


def _keep_options_whole(found: re.Match[str]) -> str:
    """Mark the options in code that is part of a text, for site.css: browsers end lines after hyphens."""
    text = found[0]
    return text if text.startswith("<pre") else OPTION.sub(r'<span class="option">\g<0></span>', text)


def _texts(html: str, tag: str) -> list[str]:
    """Return the text of all elements of a kind."""
    without_links = re.sub(r'<a class="headerlink".*?</a>', "", html, flags=re.DOTALL)
    found = re.findall(rf"<{tag}(?: [^>]*)?>(.*?)</{tag}>", without_links, re.DOTALL)
    return [" ".join(unescape(re.sub("<.*?>", "", one)).split()) for one in found]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
