"""The GraphiQL page where ours is not built: pinned files of a CDN with their hashes, and the examples in tabs."""

from functools import cache

import orjson

from app.assets import asset

CDN = "https://cdn.jsdelivr.net/npm"
FILES = {
    "react": (
        f"{CDN}/react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    "react-dom": (
        f"{CDN}/react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    "graphiql": (
        f"{CDN}/graphiql@3.9.0/graphiql.min.js",
        "sha384-8NGfVj4CVlqHajlZj+bPJT4thxPMHMJYn7DWK2CvtopLd02E7qsPHazniBYvVjOO",
    ),
}
STYLE = (
    f"{CDN}/graphiql@3.9.0/graphiql.min.css",
    "sha384-QMux00XgRtwRLSYIY3kw2rj1ovk5AuuliAchk+HSQbqdbGFnz9GYuqIlOqxhwCE2",
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agora</title>
<link rel="stylesheet" href="%(style)s" integrity="%(style_hash)s" crossorigin="anonymous">
<style>body { margin: 0 } #graphiql { height: 100vh } .offline { font: 16px/1.5 sans-serif; margin: 3rem }</style>
</head>
<body>
<div id="graphiql"><p class="offline">GraphiQL comes from a CDN. If it does not appear, this browser cannot reach it:
<code>make web</code> builds one that needs no other host. The API itself answers here all the same:
POST {"query": "…"} to this address.</p></div>
%(scripts)s
<script>
const tabs = %(tabs)s;
const headers = %(headers)s;
const fetcher = GraphiQL.createFetcher({ url: location.pathname });
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher, defaultTabs: tabs, headers, defaultHeaders: headers, shouldPersistHeaders: false,
  }),
);
</script>
</body>
</html>
"""


@cache
def examples() -> list[str]:
    """The documents that GraphiQL opens in tabs: those of `graphql/operations`."""
    return [path.read_text() for path in sorted(asset("operations").glob("*.graphql"))]


@cache
def page(token: str | None = None) -> bytes:
    """The page, with a tab for each example, asked with `token` if it is given."""
    headers = orjson.dumps({"authorization": f"Bearer {token}"}).decode() if token else ""
    tabs = orjson.dumps([{"query": example, "headers": headers} for example in examples()]).decode()
    scripts = "\n".join(
        f'<script src="{url}" integrity="{hash_}" crossorigin="anonymous"></script>' for url, hash_ in FILES.values()
    )
    values = {"style": STYLE[0], "style_hash": STYLE[1], "scripts": scripts, "tabs": tabs.replace("</", "<\\/")}
    values["headers"] = orjson.dumps(headers).decode()
    return (_PAGE % values).encode()
