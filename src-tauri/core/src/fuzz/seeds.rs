//! Inputs to begin with, and the scraps that they are made of.

use serde_json::{Value, json};

/// Pieces of HTML.
pub const HTML_SCRAPS: &[&str] = &[
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<br>",
    "<hr>",
    "<a href=\"",
    "\">",
    "</a>",
    "<a href=https://a.b>",
    "<ul>",
    "</ul>",
    "<ol start=",
    "<ol start=\"4294967296\">",
    "<li>",
    "</li>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "<th>",
    "<tbody>",
    "<thead>",
    "<caption>",
    "<pre>",
    "<code class=\"language-",
    "</code>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<h1>",
    "</h6>",
    "<img alt=\"",
    "<img title='x' src=mxc://a/b>",
    "<mx-reply>",
    "</mx-reply>",
    "<script>",
    "</script>",
    "<style>",
    "<template>",
    "<svg>",
    "<math>",
    "<mi>",
    "<plaintext>",
    "<textarea>",
    "<title>",
    "<select>",
    "<option>",
    "<frameset>",
    "<form>",
    "<body ",
    "<html ",
    "<details>",
    "<summary>",
    "<font color=red>",
    "<nobr>",
    "<span data-mx-spoiler=\"x\">",
    "<!--",
    "-->",
    "<!DOCTYPE",
    "<![CDATA[",
    "]]>",
    "<?",
    "</",
    "/>",
    "<",
    ">",
    "&amp;",
    "&lt",
    "&#x10FFFF;",
    "&#0;",
    "&#xD800;",
    "&#99999999999;",
    "&notit;",
    "&",
    ";",
    "=",
    " a=b",
    " a",
    "x",
    " ",
    "\n",
    "https://matrix.to/#/",
    "https://matrix.to/#/#a:b///",
    "https://matrix.to/#/$x///",
    "@a:b",
    "javascript:alert(1)",
];

/// Pieces of Markdown.
pub const MARKDOWN_SCRAPS: &[&str] = &[
    "*",
    "**",
    "_",
    "__",
    "~~",
    "`",
    "```",
    "```python\n",
    "~~~\n",
    "# ",
    "###### ",
    "> ",
    "- ",
    "* ",
    "1. ",
    "4294967296. ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "](",
    "](<",
    "![",
    "[a]: ",
    "[a]",
    "<https://a.b>",
    "<b>",
    "</b>",
    "<!--",
    "---",
    "===",
    "|",
    "|-|-|\n",
    "| a | b |\n",
    ":-:",
    "https://a.b/",
    "www.a.b",
    "a@b.c",
    "&amp;",
    "&#0;",
    "x",
    " ",
    "\\\n",
    "[^1]",
    "[^1]: ",
    "- [ ] ",
    "$$",
    "@a:b",
    "#a:b",
    "\"",
    "'",
];

/// Pieces of links and addresses.
pub const LINK_SCRAPS: &[&str] = &[
    "https://matrix.to/#/",
    "https://matrix.to/",
    "http://",
    "https://",
    "matrix:",
    "matrix:r/",
    "matrix:u/",
    "matrix:roomid/",
    "/e/",
    "galaxy-chat:",
    "galaxy-chat:r/",
    "mailto:",
    "javascript:",
    "#a:b",
    "@a:b",
    "!a:b",
    "$x",
    "#",
    "!",
    "@",
    "$",
    "+",
    ":",
    "/",
    "//",
    "///",
    "?",
    "&",
    "=",
    ".",
    "..",
    ",",
    "%23",
    "%2F",
    "%25",
    "%",
    "?via=",
    "&via=matrix.org",
    "?via=a&via=b&via=c&via=d&via=e&via=f",
    "?action=join",
    "[::1]",
    "[",
    "]",
    "127.0.0.1",
    ":8448",
    ":99999",
    "xn--",
    "xn--a",
    "gаlaxy",
    "ﬃ",
    "gitter.im",
    "matrix.org",
    "galaxyproject_Lobby",
    "https://gitter.im/",
    "https://app.element.io/#/room/",
    "element://vector/webapp/#/room/",
    "https://www.google.com/url?q=",
    "gxy.io/chat",
    "<",
    ">",
    "(",
    ")",
    "\"",
    " ",
    "\n",
    "a",
    "user:word@",
    "?subject=",
    "&attach=",
];

/// Pieces of JSON.
pub const JSON_SCRAPS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\"a\":",
    "null",
    "true",
    "{}",
    "[]",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"state\":",
    "\"signedIn\"",
    "\"version\":1,",
    " ",
    "\n",
    "galaxy-chat-sealed 1 disk ",
    "1e400",
];

/// Pieces of TOML, as in the list of rooms.
pub const TOML_SCRAPS: &[&str] = &[
    "[[rooms]]\n",
    "[[",
    "]]\n",
    "[a]\n",
    "[a.b]\n",
    "key = ",
    "alias = \"#a:b\"\n",
    "name = \"x\"\n",
    "\"",
    "'''",
    "\"\"\"",
    "{ ",
    " }",
    "= ",
    "\n",
    "#",
    "true",
    "1979-05-27T07:32:00Z",
    "inf",
    "nan",
    "0x",
    "a.b.c = 1\n",
];

/// Messages with markup, those that are made to cost among them.
pub fn html() -> Vec<Vec<u8>> {
    let hostile = crate::text::hostile::bodies();
    let mut seeds: Vec<Vec<u8>> =
        hostile.into_iter().filter_map(|body| body.html).map(String::into_bytes).collect();
    seeds.extend(texts(&[
        "<p>Try <strong>this</strong>:</p><pre><code class=\"language-python\">a = 1\nb &lt; 2\n</code></pre>\
         <ol start=\"3\"><li>one</li><li><p>two</p></li></ol><blockquote>said<br>so</blockquote>loose",
        "<a href=\"https://matrix.to/#/@helper:example.org\">@Helper</a> \
         <a href=\"https://galaxyproject.org/\">here</a> <a href=\"javascript:alert(1)\">not</a>\
         <table><thead><tr><th>a</th></tr></thead><tr><td>b<td>c</tr></table>",
        "<a href=\"https://matrix.to/#/#a:b///\">x</a><a href=\"https://matrix.to/#/$x///\">y</a>",
        "<mx-reply><blockquote>before</blockquote></mx-reply>after<img alt=x><hr><h2>x</h2>",
        "<p><b i=1><b i=2><b i=3><p>x<p>x<p>x",
    ]));
    seeds
}

/// Messages as they are typed.
pub fn markdown() -> Vec<Vec<u8>> {
    texts(&[
        "# Title\n\nTry **this** _now_:\n\n```python\na = 1\n```\n\n1. one\n2. two\n   - three\n\n> said\n> > so\n",
        "| a | b |\n|---|:-:|\n| `c` | [d](https://a.b/ \"e\") |\n\n![f](g)\n\n---\n\\* ~~h~~ <i>j</i>\n",
        "@helper:example.org see #galaxyproject_Lobby:gitter.im and https://galaxyproject.org/.",
    ])
}

/// Links, in messages and from elsewhere.
pub fn links() -> Vec<Vec<u8>> {
    texts(&[
        "https://matrix.to/#/#galaxyproject_Lobby:gitter.im?via=gitter.im&via=matrix.org",
        "https://matrix.to/#/%23galaxyproject_Lobby%3Agitter.im/$event:a.b?via=a.b",
        "https://matrix.to/#/!yShkfqncgjcRcRztBU:gitter.im/$x",
        "https://matrix.to/#/@helper:example.org",
        "https://matrix.to/#/#a:b///",
        "https://matrix.to/#/$x///",
        "https://matrix.to/#/@///",
        "matrix:r/galaxyproject_Lobby:gitter.im?action=join&via=a.b",
        "matrix:roomid/yShkfqncgjcRcRztBU:gitter.im/e/x",
        "matrix:u/helper:example.org",
        "galaxy-chat:r/galaxyproject_Lobby:gitter.im",
        "element://vector/webapp/#/room/#a:b",
        "https://gitter.im/galaxyproject/Lobby?utm_source=badge",
        "https://www.google.com/url?q=https%3A%2F%2Fmatrix.to%2F%23%2F%2523a%3Ab",
        "[chat](https://matrix.to/#/#a:b) or <#c:d>, write to a@b.c",
        "https://xn--glaxyproject-4fg.org:8443/a?b=c#d",
        "https://user:word@galaxyproject.org/",
        "mailto:contact@usegalaxy.eu?subject=Hello&body=there",
    ])
}

/// A session as it is saved, the beginning of one, and one of an authorization server.
pub fn saved() -> Vec<Vec<u8>> {
    let store = json!({ "name": "0123456789abcdef", "key": super::targets::KEY });
    let meta = json!({ "user_id": "@a:b", "device_id": "ABCDEFGH" });
    let mut matrix = meta.clone();
    matrix["access_token"] = "secret".into();
    let mut oauth = matrix.clone();
    for (name, value) in [
        ("client_id", "client"),
        ("issuer", "https://b/"),
        ("revocation", "https://b/revoke"),
        ("refresh_token", "again"),
    ] {
        oauth[name] = value.into();
    }
    let signed_in = |session: Value| {
        json!({ "state": "signedIn", "server": "b", "homeserver": "https://b/", "session": session,
            "store": store, "speaks": ["v1.11", "v1.12"] })
    };
    let begun =
        json!({ "state": "signingIn", "server": "b", "user": "a", "device_id": "ABCDEFGH" });
    jsons(&[signed_in(matrix), signed_in(oauth), begun, meta])
}

/// The list of servers.
pub fn servers() -> Vec<Vec<u8>> {
    jsons(&[
        json!({ "recent": ["matrix.org", "b"], "clients": { "https://b/": "client" } }),
        json!({}),
    ])
}

/// What is known of the Space, as it is kept.
pub fn space() -> Vec<Vec<u8>> {
    let room = json!({ "id": "!a:b", "alias": "#a:b", "name": "A", "topic": null, "members": 5,
        "kind": "room", "join_rule": "public", "world_readable": true, "encrypted": false,
        "via": ["b"], "space": "!s:b", "stand": "Listed" });
    jsons(&[json!({ "rooms": [room], "read_at": 1_700_000_000_u64 })])
}

/// Maps of texts: drafts by room, rooms by alias.
pub fn maps() -> Vec<Vec<u8>> {
    jsons(&[
        json!({ "!a:b": "half a mess", "!c:d": "" }),
        json!({ "#a:b": "!a:b", "#c:d": "!c:d" }),
    ])
}

/// Text as bytes.
pub fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_owned()).collect()
}

fn jsons(values: &[Value]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.to_string().into_bytes()).collect()
}
