use matrix_sdk::ruma::MatrixToUri;

use super::*;

fn text(text: &str) -> Inline {
    Inline::Text { text: text.to_owned() }
}

fn paragraph(inlines: Vec<Inline>) -> Block {
    Block::Paragraph { inlines }
}

#[test]
fn what_people_write() {
    let html = "<p>Try <strong>this</strong>:</p><pre><code class=\"language-python\">a = 1\n\
        b &lt; 2\n</code></pre><ol start=\"3\"><li>one</li><li><p>two</p></li></ol>\
        <blockquote>said<br>so</blockquote>loose <em>end</em>";
    assert_eq!(
        parse_html(html).expect("small"),
        [
            paragraph(vec![
                text("Try "),
                Inline::Strong { inlines: vec![text("this")] },
                text(":")
            ]),
            Block::Code { language: Some("python".to_owned()), text: "a = 1\nb < 2\n".to_owned() },
            Block::List {
                start: Some(3),
                items: vec![vec![paragraph(vec![text("one")])], vec![paragraph(vec![text("two")])]]
            },
            Block::Quote { blocks: vec![paragraph(vec![text("said"), Inline::Break, text("so")])] },
            paragraph(vec![text("loose "), Inline::Emphasis { inlines: vec![text("end")] }]),
        ]
    );
}

#[test]
fn mentions_links_and_tables() {
    let html = "<a href=\"https://matrix.to/#/@helper:example.org\">@Helper</a> \
        <a href=\"https://galaxyproject.org/\">here</a> \
        <a href=\"javascript:alert(1)\">not here</a>\
        <table><tr><th>a</th></tr><tr><td>b</td></tr></table>";
    let tree = parse_html(html).expect("small");
    let mention =
        Inline::Mention { user_id: "@helper:example.org".to_owned(), name: "Helper".to_owned() };
    let link = Inline::Link {
        href: "https://galaxyproject.org/".to_owned(),
        host: Some("galaxyproject.org".to_owned()),
        inlines: vec![text("here")],
    };
    assert_eq!(tree[0], paragraph(vec![mention, text(" "), link, text(" "), text("not here")]));
    let row = |cell: &str| TableRow { cells: vec![vec![text(cell)]] };
    assert_eq!(tree[1], Block::Table { head: vec![row("a")], rows: vec![row("b")] });
}

/// The hosts of links beside which the host is said, in their order, and the text that each is drawn as.
fn links_of(html: &str) -> Vec<(Option<String>, String)> {
    fn collect(inlines: &[Inline], found: &mut Vec<(Option<String>, String)>) {
        for inline in inlines {
            match inline {
                Inline::Link { host, inlines, .. } => {
                    let mut drawn = String::new();
                    collect_drawn(inlines, &mut drawn);
                    let before = found.len();
                    collect(inlines, found);
                    assert_eq!(found.len(), before, "a link in a link");
                    found.push((host.clone(), drawn));
                }
                Inline::Strong { inlines }
                | Inline::Emphasis { inlines }
                | Inline::Strike { inlines } => collect(inlines, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for block in parse_html(html).expect("small") {
        if let Block::Paragraph { inlines } = block {
            collect(&inlines, &mut found);
        }
    }
    found
}

#[test]
fn a_host_is_said_unless_the_drawn_text_shows_it() {
    let deep = |text: &str| {
        let (open, close) = ("<span>".repeat(14), "</span>".repeat(14));
        format!(
            "{}<a href=\"https://evil.example/\">{open}{text}{close}https://galaxyproject.org/</a>",
            "<span>".repeat(20)
        )
    };
    let link = |text: &str| format!("<a href=\"https://evil.example/\">{text}</a>");
    for html in [
        // What is too deep is not drawn.
        deep("evil.example/"),
        // What a picture is called is.
        link("<img src=\"mxc://a/b\" alt=\"https://galaxyproject.org/\">evil.example"),
        link("<img alt=\"galaxyproject.org \">evil.example"),
        link("evil.example/<br>https://galaxyproject.org/login"),
        link("evil.example/ https://galaxyproject.org/login"),
        link("<b>https://galaxyproject.org/</b>"),
        link("<i><b>https://galaxyproject.org/</b></i>"),
        link("<code>galaxyproject.org</code>"),
        link("galaxyproject.org<script>evil.example</script>"),
        link(""),
    ] {
        let [(host, drawn)] = &links_of(&html)[..] else { panic!("{html}: one link") };
        assert_eq!(host.as_deref(), Some("evil.example"), "{html}: {drawn}");
    }
    // The control: where it is drawn it is not said again.
    for text in ["https://evil.example/", "<b>evil.example</b>", "evil.example/login"] {
        assert_eq!(links_of(&link(text))[0].0, None, "{text}");
    }
}

#[test]
fn nothing_hostile_survives() {
    for html in [
        "<script>alert(1)</script>",
        "<img alt=x src=\"https://tracker.example/\" onerror=alert(1)>",
        "<a class=x href=\"javascript:alert(1)\">x</a>",
        "<a href=\" java\nscript:alert(1)\">x</a>",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\">x</a></svg>",
        "<math href=\"javascript:alert(1)\">x</math>",
        "<style>*{background:url(https://tracker.example)}</style>",
        "<iframe src=\"javascript:alert(1)\"></iframe>",
        "<mx-reply>quoted javascript:alert(1)</mx-reply>",
        "<p style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</p>",
    ] {
        let shown = format!("{:?}", parse_html(html).unwrap_or_default());
        for word in ["script", "alert", "tracker", "onerror"] {
            assert!(!shown.contains(word), "{html} became {shown}");
        }
    }
}

#[test]
fn deep_and_wide_markup_ends() {
    for (open, close) in [("<b>", "</b>"), ("<blockquote>", "</blockquote>"), ("<ul><li>", "")] {
        let nested = |depth| format!("{}x{}", open.repeat(depth), close.repeat(depth));
        assert!(parse_html(&nested(5)).is_some(), "{open}");
        assert_eq!(parse_html(&nested(1900)), None, "{open}");
    }
    assert_eq!(parse_html("<b></b>"), None, "there is nothing to read");
    assert_eq!(parse_html(&"<b>x</b>".repeat(MAX_PARTS)), None);
}

#[test]
fn left_open_and_crossed_elements_keep_their_text() {
    for (html, shown) in [
        ("<p>a<p>b", "ab"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "abcd"),
        ("<b>a<i>b</b>c</i>d", "abcd"),
        ("<p>a<ul><li>b</ul>c</p>d", "abcd"),
        ("a<br/>b</br>c", "abc"),
        ("<table>x<tr><td>a<td>b<tr><td>c</table>d", "xabcd"),
        ("<table><tr><td><table><tr><td>a</table>b</table>", "ab"),
        ("<table><b>x</b><tr><td>a</b>c</td></tr></table>", "xac"),
        ("</p></div></b>a", "a"),
        ("<html><head></head><body>a</body></html>b", "ab"),
        ("<pre>\na\n</pre>", "a\n"),
        ("<details><summary>a</summary>b</details>", "ab"),
        ("<h1>a<h2>b</h2>c", "abc"),
        ("<a href=\"https://a.example/\">x<a href=\"https://b.example/\">y</a>", "xy"),
        ("a <not a tag> b", "a  b"),
        ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
    ] {
        let tree = parse_html(html).expect("there is text");
        assert_eq!(super::super::size::texts(&tree).concat(), shown, "{html}");
    }
}

#[test]
fn hostile_markup_is_bounded() {
    for hostile in crate::text::hostile::bodies() {
        let Some(html) = hostile.html else { continue };
        let parts = parse_html(&html).map_or(0, |tree| size(&tree));
        assert!(parts <= MAX_PARTS, "{}: {parts}", hostile.name);
    }
}

#[test]
fn links_with_empty_parts_are_links() {
    for href in ["https://matrix.to/#/#a:b///", "https://matrix.to/#/$x///"] {
        let control = std::panic::catch_unwind(|| MatrixToUri::parse(href));
        assert!(control.is_err(), "the SDK's own parser takes {href}");
        let tree = parse_html(&format!("<a href=\"{href}\">x</a>")).expect("small");
        let (link, inlines) = (href.to_owned(), vec![text("x")]);
        let expected = if href.contains('$') {
            let host = Some("matrix.to".to_owned());
            Inline::Link { href: link, host, inlines }
        } else {
            Inline::RoomAddress { link, room: Some("#a:b".to_owned()), inlines }
        };
        assert_eq!(tree, [paragraph(vec![expected])]);
    }
}

#[test]
fn raised_and_lowered_text_stays_so() {
    let tree = parse_html("10<sup>6</sup> H<sub>2</sub>O <u>x</u>").expect("small");
    let inlines = vec![
        text("10"),
        Inline::Superscript { inlines: vec![text("6")] },
        text(" H"),
        Inline::Subscript { inlines: vec![text("2")] },
        text("O "),
        Inline::Underline { inlines: vec![text("x")] },
    ];
    assert_eq!(tree, [paragraph(inlines)]);
}

#[test]
fn spoilers_are_kept_apart() {
    for (html, reason) in [
        ("<span data-mx-spoiler>x</span>", None),
        ("<span data-mx-spoiler=\"\">x</span>", None),
        ("<span data-mx-spoiler=\"Solution\">x</span>", Some("Solution")),
    ] {
        let tree = parse_html(html).expect("small");
        let spoiler =
            Inline::Spoiler { reason: reason.map(str::to_owned), inlines: vec![text("x")] };
        assert_eq!(tree, [paragraph(vec![spoiler])], "{html}");
    }
    // Within a link as well, wherever it leads, and however deep it is.
    for (href, inside) in [
        ("https://a.example/", "<span data-mx-spoiler>x</span>"),
        ("https://a.example/", "<b><i><span data-mx-spoiler>x</span></i></b>"),
        ("https://matrix.to/#/#a1:b.org", "<span data-mx-spoiler>x</span>"),
        ("https://matrix.to/#/@a1:b.org", "<span data-mx-spoiler>x</span>"),
        ("file:///x", "<span data-mx-spoiler>x</span>"),
    ] {
        let tree = parse_html(&format!("<a href=\"{href}\">{inside}</a>")).expect("small");
        let [Block::Paragraph { inlines }] = &tree[..] else { panic!("{tree:?}") };
        assert!(matches!(inlines[..], [Inline::Spoiler { .. }]), "{href} {inside}: {inlines:?}");
    }
}

#[test]
fn tables_keep_their_order() {
    let row = |cells: &[&str]| TableRow { cells: cells.iter().map(|c| vec![text(c)]).collect() };
    for (html, head, rows) in [
        ("<tbody><tr><td>1<tbody><tr><td>2<tbody><tr><td>3", vec![], vec!["1", "2", "3"]),
        ("<thead><tr><td>h<tbody><tr><td>1<tbody><tr><td>2", vec!["h"], vec!["1", "2"]),
        ("<tr><th>h<tr><td>1<tr><th>2<tr><td>3", vec!["h"], vec!["1", "2", "3"]),
        ("<tfoot><tr><td>f<tbody><tr><td>1", vec![], vec!["1", "f"]),
        ("<tr><td>1<tbody><tr><td>2", vec![], vec!["1", "2"]),
        ("<thead><tr><th>h<tr><td>i<tbody><tr><td>1", vec!["h", "i"], vec!["1"]),
    ] {
        let tree = parse_html(&format!("<table>{html}</table>")).expect("small");
        let rows_of = |texts: Vec<&str>| texts.iter().map(|text| row(&[text])).collect();
        assert_eq!(tree, [Block::Table { head: rows_of(head), rows: rows_of(rows) }], "{html}");
    }
    let tree = parse_html("<table><caption>Reads</caption><tr><td>1</table>").expect("small");
    let table = Block::Table { head: vec![], rows: vec![row(&["1"])] };
    assert_eq!(tree, [paragraph(vec![text("Reads")]), table]);
}

/// The elements that the Matrix specification lets messages have (client-server API, "m.room.message", HTML),
/// and what is drawn of each: its text, in an element of its own or as it is.
#[test]
fn the_text_of_every_allowed_element_is_drawn() {
    for (html, drawn) in [
        ("<del>x</del>", "x"),
        ("<h1>x</h1>", "x"),
        ("<h6>x</h6>", "x"),
        ("<blockquote>x</blockquote>", "x"),
        ("<p>x</p>", "x"),
        ("<a href=\"https://a.example/\">x</a>", "x"),
        ("<ul><li>x</li></ul>", "x"),
        ("<ol start=\"3\"><li>x</li></ol>", "x"),
        ("<sup>x</sup>", "x"),
        ("<sub>x</sub>", "x"),
        ("<b>x</b><strong>y</strong>", "xy"),
        ("<i>x</i><em>y</em>", "xy"),
        ("<u>x</u>", "x"),
        ("<s>x</s>", "x"),
        ("<code>x</code>", "x"),
        ("<pre><code class=\"language-x\">x</code></pre>", "x"),
        ("<div>x</div>", "x"),
        ("<span data-mx-color=\"#ff0000\">x</span>", "x"),
        ("<span data-mx-spoiler=\"why\">x</span>", "x"),
        ("<span data-mx-maths=\"y\">x</span>", "x"),
        (
            "<table><caption>w</caption><thead><tr><th>x</th></tr></thead><tbody><tr><td>y</td></tr></tbody></table>",
            "wxy",
        ),
        ("<details><summary>x</summary>y</details>", "xy"),
        ("x<br>y<hr>z", "xyz"),
        ("<img src=\"mxc://a/b\" alt=\"x\">", "x"),
    ] {
        let tree = parse_html(html).expect(html);
        assert_eq!(crate::text::size::texts(&tree).concat(), drawn, "{html}");
    }
}

#[test]
fn links_to_rooms_say_which_where_the_text_does_not() {
    let address = |html: &str| match parse_html(html).as_deref() {
        Some([Block::Paragraph { inlines }]) => match inlines.as_slice() {
            [Inline::RoomAddress { link, room, .. }] => (link.clone(), room.clone()),
            other => panic!("{html}: {other:?}"),
        },
        other => panic!("{html}: {other:?}"),
    };
    let link = "https://matrix.to/#/#a1:b.org";
    for (text, room) in [
        ("#a1:b.org", None),
        ("<b>#a1:b.org</b>", None),
        ("https://matrix.to/#/#a1:b.org", None),
        ("the room", Some("#a1:b.org")),
        ("#galaxyproject_Lobby:gitter.im", Some("#a1:b.org")),
        ("@helper:example.org", Some("#a1:b.org")),
        ("", Some("#a1:b.org")),
    ] {
        let (found, shown) = address(&format!("<a href=\"{link}\">{text}</a>"));
        assert_eq!((found.as_str(), shown.as_deref()), (link, room), "{text}");
    }
    let (found, _) = address("<a href=\"matrix:roomid/a1:b.org?via=c.org\">x</a>");
    assert_eq!(found, "matrix:roomid/a1:b.org?via=c.org");
}

proptest::proptest! {
    #[test]
    fn any_link_parses(href in crate::address::tests::anything::scraps()) {
        for start in ["", "https://matrix.to/#/"] {
            let href = format!("{start}{href}").replace('&', "&amp;").replace('"', "&quot;");
            parse_html(&format!("<a href=\"{href}\">x</a>"));
        }
    }

    #[test]
    fn any_text_parses(html in "(<[a-z/ =\"']{0,12}>|[^<]{0,8}){0,40}") {
        parse_html(&html);
    }
}
